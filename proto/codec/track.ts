// A track in memory: what a recorder knows about its samples, and their columns.
import type { CarriedPart } from './carried-part.ts'
import type { FieldKey, Kind } from './fields.ts'
import { limits } from './limits.ts'

/** Under which clock the samples were recorded. */
export interface TrackClock {
  bootId: number
  clockEpoch: number
  /** Milliseconds since boot at the first sample. */
  monotonicStartMs?: number
}

export interface Column<Key extends string = FieldKey> {
  key: Key
  /** Integers in the field's scale, one a sample; NaN where the cell is missing. */
  values: ArrayLike<number>
}

/** A track to encode, and what `readTrack` gives back. */
export interface Track<K extends Kind = Kind> {
  bikeId: string
  recorderId: string
  kind: K
  clock: TrackClock
  /** Counts the recorder's tracks. */
  sequence?: number
  /** What the bike carries, as it finds it; absent says nothing. */
  parts?: readonly CarriedPart[]
  /** Recorded wall-clock Unix milliseconds, strictly increasing. */
  timesMs: ArrayLike<number>
  columns: readonly Column<FieldKey<K>>[]
}

export interface DecodedTrack extends Track {
  timesMs: Float64Array
  columns: { key: FieldKey; values: Float64Array }[]
}

/** The times travel like a column, beside the columns of the kind. */
export const timeField = {
  key: 'time_ms',
  number: 100,
  order: 2,
  min: 0,
  max: limits.timeMs - 1,
  outside: 'time_out_of_range',
} as const
