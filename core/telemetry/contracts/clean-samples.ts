// The samples behind a CleanTrack or StoredTrack record: decoded values, corrected times, and which samples count.
import { fromBinary } from '@bufbuild/protobuf'
import {
  type CleanTrack,
  CleanTrackSchema,
  type DecodedTrack,
  type FieldKey,
  fields,
  limits,
  type RawTrack,
  readTrack,
  type SampleRange,
  StoredTrackSchema,
  uuidText,
} from '../../../proto/index.ts'

/** `[first, first + count)` of a track's samples. */
export type Range = Pick<SampleRange, 'first' | 'count'>

export interface CleanSamples {
  readonly raw: RawTrack
  readonly trackId: string
  /** The bike's owner at the time of the samples. */
  readonly riderId: string
  readonly receivedAtMs: number
  readonly track: DecodedTrack
  /** Event time = recorded time + offset. */
  readonly clockOffsetMs: number
  /** The samples of the track that count here. */
  readonly ranges: readonly Range[]
}

/** Decodes a record of `telemetry.clean`. Throws when the bytes are none. */
export function readCleanRecord(value: Uint8Array): CleanSamples & { readonly clean: CleanTrack } {
  const clean = fromBinary(CleanTrackSchema, value)
  return { clean, ...samplesOf(clean, clean.samples) }
}

/** Decodes a record of `telemetry.stored`. Throws when the bytes are none. */
export function readStoredRecord(value: Uint8Array): CleanSamples {
  const stored = fromBinary(StoredTrackSchema, value)
  return samplesOf(stored.clean, stored.samples)
}

function samplesOf(clean: CleanTrack | undefined, ranges: readonly Range[]): CleanSamples {
  if (clean?.raw?.trackId.length !== 16) throw new Error('the record has no track')
  const { raw, riderId, clockOffsetMs } = clean
  const track = readTrack(raw.track)
  const samples = track.timesMs.length
  for (const { first, count } of ranges) {
    if (first + count > samples) throw new Error(`samples up to ${first + count} of a track of ${samples}`)
  }
  const receivedAtMs = Number(raw.receivedAtMs)
  // A store that cannot hold the time would refuse the whole batch, again and again.
  if (!(receivedAtMs > 0 && receivedAtMs < limits.timeMs)) throw new Error('the time of receipt is none')
  return {
    raw,
    trackId: uuidText(raw.trackId),
    riderId,
    receivedAtMs,
    track,
    clockOffsetMs: Number(clockOffsetMs),
    ranges,
  }
}

export function countSamples(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0)
}

/** The positions 0 … samples-1 in ranges by group: of `a a b a` they are `a: 0+2, 3+1` and `b: 2+1`. */
export function rangesBy<V>(samples: number, groupOf: (index: number) => V): Map<V, Range[]> {
  const groups = new Map<V, Range[]>()
  let first = 0
  while (first < samples) {
    const value = groupOf(first)
    let end = first + 1
    while (end < samples && groupOf(end) === value) end++
    const group = groups.get(value) ?? []
    group.push({ first, count: end - first })
    groups.set(value, group)
    first = end
  }
  return groups
}

const scales = new Map<FieldKey, number>(
  Object.values(fields).flatMap((table) => table.map(({ key, scale }) => [key, scale] as const)),
)

/** The present cells of one sample in human units, by field key. */
export function valuesAt(track: DecodedTrack, index: number): Partial<Record<FieldKey, number>> {
  const values: Partial<Record<FieldKey, number>> = {}
  for (const { key, values: cells } of track.columns) {
    const cell = cells[index] as number
    if (!Number.isNaN(cell)) values[key] = cell / (scales.get(key) as number)
  }
  return values
}

/** The cells of one metric in human units, by sample; NaN where there is none. */
export function cellsOf({ columns }: DecodedTrack, wanted: FieldKey): (index: number) => number {
  const values = columns.find(({ key }) => key === wanted)?.values
  const scale = scales.get(wanted) as number
  return (index) => (values?.[index] ?? Number.NaN) / scale
}

/** Field 1, length-delimited. */
const embeddedTag = 0x0a

/**
 * A message whose field 1 is the message in `inner`; `others` are the bytes of its other fields. It wraps a record's bytes into
 * the next stage's message as they came: nobody encodes a track a second time.
 */
export function embed(inner: Uint8Array, others: Uint8Array): Uint8Array {
  const head = [embeddedTag]
  let rest = inner.length
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  head.push(rest)
  const bytes = new Uint8Array(head.length + inner.length + others.length)
  bytes.set(head)
  bytes.set(inner, head.length)
  bytes.set(others, head.length + inner.length)
  return bytes
}
