// A clean track on its way into the store: its samples, and what has become of each.
import type { CleanTrack, DecodedTrack, RawTrack } from '../../../proto/index.ts'
import { type Range, readCleanRecord } from '../contracts/clean-samples.ts'

/** What can become of a sample. `absent`: it is not among the clean samples of its track. */
export const fates = ['absent', 'pending', 'stored', 'duplicate', 'conflict', 'refused'] as const
export type Fate = (typeof fates)[number]

export interface PlannedTrack {
  /** The bytes of `clean`, as they came. */
  readonly record: Uint8Array
  readonly clean: CleanTrack
  readonly raw: RawTrack
  readonly trackId: string
  readonly bikeId: string
  readonly offsetMs: number
  /** Index into `fates`, one a sample of the track. */
  readonly fates: Uint8Array
  /** What the store said to the first refused sample. */
  refusal: string
}

/** A track with its columns. They are dropped as soon as its documents are built; a batch need not fit decoded. */
export interface OpenTrack {
  readonly plan: PlannedTrack
  readonly track: DecodedTrack
}

/** Throws when the bytes are no CleanTrack with a readable track, which normalize never writes. */
export function openTrack(record: Uint8Array): OpenTrack {
  const { clean, raw, trackId, track, clockOffsetMs: offsetMs, ranges } = readCleanRecord(record)
  const plan: PlannedTrack = {
    record,
    clean,
    raw,
    trackId,
    bikeId: track.bikeId,
    offsetMs,
    fates: new Uint8Array(track.timesMs.length),
    refusal: '',
  }
  for (const { first, count } of ranges) plan.fates.fill(fateCode('pending'), first, first + count)
  return { plan, track }
}

const codes = Object.fromEntries(fates.map((fate, code) => [fate, code])) as Record<Fate, number>

export function fateCode(fate: Fate): number {
  return codes[fate]
}

export function settle(plan: PlannedTrack, sample: number, fate: Fate): void {
  plan.fates[sample] = codes[fate]
}

export function isPending(plan: PlannedTrack, sample: number): boolean {
  return plan.fates[sample] === codes.pending
}

/** The samples of a fate, as ranges. */
export function rangesOf(plan: PlannedTrack, fate: Fate): Range[] {
  const ranges: Range[] = []
  const { fates: all } = plan
  const code = codes[fate]
  for (let i = 0; i < all.length; i++) {
    if (all[i] !== code) continue
    const first = i
    while (i < all.length && all[i] === code) i++
    ranges.push({ first, count: i - first })
  }
  return ranges
}

/** How many samples have each fate. */
export function countFates({ fates: all }: PlannedTrack): Record<Fate, number> {
  const counts = new Uint32Array(fates.length)
  for (const code of all) counts[code] = (counts[code] as number) + 1
  return Object.fromEntries(fates.map((fate, code) => [fate, counts[code]])) as Record<Fate, number>
}
