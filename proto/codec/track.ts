// A track in memory: what a recorder knows about its samples, and their columns.
import type { CarriedPart } from './carried-part.ts'
import type { FieldKey, Kind } from './fields.ts'
import type { MaskedCells } from './malformation.ts'

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
  /** The recorder's recording to which the samples belong; another one ends the ride. Absent says nothing. */
  recordingId?: number
  /** What the bike carries, as it finds it; absent says nothing. */
  parts?: readonly CarriedPart[]
  /** Recorded wall-clock Unix milliseconds, strictly increasing. */
  timesMs: ArrayLike<number>
  columns: readonly Column<FieldKey<K>>[]
}

export interface DecodedTrack extends Track {
  timesMs: Float64Array
  columns: { key: FieldKey; values: Float64Array }[]
  /** Cells that were sent and are missing in `columns`; absent when there are none. */
  masked?: readonly MaskedCells[]
}
