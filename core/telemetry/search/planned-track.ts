// A clean track on its way into the store: what has become of each of its samples, and what an answer of the store means for one. Pure.
import type { CleanTrack, DecodedTrack, RawTrack } from '../../../proto/index.ts'
import type { CreateAnswer, ExistingDocument } from '../../engines/elasticsearch/port.ts'
import { type Range, readCleanRecord } from '../contracts/clean-samples.ts'

/**
 * The outcomes of a sample. `absent`: it is not among the clean samples of its track. `parked`: its partition is not there yet.
 * `erased`: its rider was erased since normalize judged it.
 */
// biome-ignore format: one list
const sampleOutcomes = ['absent', 'pending', 'stored', 'duplicate', 'conflict', 'refused', 'parked', 'erased'] as const
export type SampleOutcome = (typeof sampleOutcomes)[number]

export interface PlannedTrack {
  /** The bytes of `clean`, as they came. */
  readonly record: Uint8Array
  readonly clean: CleanTrack
  readonly raw: RawTrack
  readonly trackId: string
  readonly bikeId: string
  readonly offsetMs: number
  /** Index into `sampleOutcomes`, one a sample of the track. */
  readonly outcomes: Uint8Array
  /** The store's answer to the first refused sample, or why the first one is parked. */
  refusal: string
  /** The name of the erasure, in the sender's place, where samples are erased. */
  erasedAs: string | undefined
}

/** A track with its columns. They are dropped as soon as its documents are built; a batch need not fit decoded. */
export interface OpenTrack {
  readonly plan: PlannedTrack
  readonly track: DecodedTrack
}

/**
 * The track of a record of telemetry.clean, its clean samples pending and the others absent. Throws when the bytes are no CleanTrack with a readable track, which
 * normalize never writes.
 */
export function openTrack(record: Uint8Array): OpenTrack {
  const { clean, raw, trackId, track, clockOffsetMs: offsetMs, ranges } = readCleanRecord(record)
  const plan: PlannedTrack = {
    record,
    clean,
    raw,
    trackId,
    bikeId: track.bikeId,
    offsetMs,
    outcomes: new Uint8Array(track.timesMs.length),
    refusal: '',
    erasedAs: undefined,
  }
  for (const { first, count } of ranges) plan.outcomes.fill(codes.pending, first, first + count)
  return { plan, track }
}

const codes = Object.fromEntries(sampleOutcomes.map((outcome, code) => [outcome, code])) as Record<
  SampleOutcome,
  number
>

export function settle(plan: PlannedTrack, sample: number, outcome: SampleOutcome): void {
  plan.outcomes[sample] = codes[outcome]
}

export function isPending(plan: PlannedTrack, sample: number): boolean {
  return plan.outcomes[sample] === codes.pending
}

/** The samples of an outcome: of `stored stored duplicate stored` the stored ones are `0+2, 3+1`. */
export function rangesOf(plan: PlannedTrack, outcome: SampleOutcome): Range[] {
  const ranges: Range[] = []
  const { outcomes: all } = plan
  const code = codes[outcome]
  for (let i = 0; i < all.length; i++) {
    if (all[i] !== code) continue
    const first = i
    while (i < all.length && all[i] === code) i++
    ranges.push({ first, count: i - first })
  }
  return ranges
}

/** How many samples have each outcome. */
export function countOutcomes({ outcomes: all }: PlannedTrack): Record<SampleOutcome, number> {
  const counts = new Uint32Array(sampleOutcomes.length)
  for (const code of all) counts[code] = (counts[code] as number) + 1
  return Object.fromEntries(sampleOutcomes.map((outcome, code) => [outcome, counts[code]])) as Record<
    SampleOutcome,
    number
  >
}

/** The next step for a sample whose document was sent. */
export type Step =
  | { readonly type: 'settle'; readonly outcome: SampleOutcome; readonly detail?: string }
  /** Somebody's document has this identity: compare. */
  | { readonly type: 'compare'; readonly id: string }
  /** Send it again: at once to another generation, or after a pause. */
  | { readonly type: 'again'; readonly because: 'blocked' | 'missing' | 'busy'; readonly detail?: string }

export function stepAfter(answer: CreateAnswer): Step {
  switch (answer.type) {
    case 'created':
      return { type: 'settle', outcome: 'stored' }
    case 'refused':
      return { type: 'settle', outcome: 'refused', detail: answer.detail }
    case 'exists':
      return { type: 'compare', id: answer.id }
    case 'busy':
      return { type: 'again', because: 'busy', detail: answer.detail }
    default:
      return { type: 'again', because: answer.type }
  }
}

/**
 * A document of the same track is our own, written before a crash or by a replay. One of another track was there first:
 * equal values make the sample a duplicate, other values a conflict.
 */
export function compare(of: {
  plan: PlannedTrack
  track: OpenTrack['track']
  sample: number
  existing: ExistingDocument
}): SampleOutcome {
  const { plan, track, sample, existing } = of
  if (existing.trackId === plan.trackId) return 'stored'
  let equal = 0
  for (const { key, values } of track.columns) {
    const cell = values[sample] as number
    if (Number.isNaN(cell)) continue
    if (existing.cells.get(key) !== cell) return 'conflict'
    equal++
  }
  return equal === existing.cells.size ? 'duplicate' : 'conflict'
}
