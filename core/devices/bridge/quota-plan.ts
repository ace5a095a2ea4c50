// A module's quota: how many samples a message counts for, and how long a module is suspended that sent too many. Pure.
import { countSamples } from '../../../proto/index.ts'

/** A suspension of all modules of a bike. */
export interface Suspension {
  /** How many there were in a row, this one too. */
  readonly times: number
  readonly untilMs: number
}

/** A message counts for so many samples at least: a flood of small ones costs the platform as much. */
export const leastOfMessage = 10
/** Bytes for which a sample is counted at least: no kind of track has so many a sample, but garbage has. */
const bytesOfSample = 100
const longestMs = 3_600_000
/** After so long without a suspension the next one is a first one again. */
export const calmMs = 24 * 3_600_000

/** A track that announces 600 samples → 600; 262,144 bytes of garbage → 2,622; an empty message → 10. */
export function samplesCounted(body: Uint8Array): number {
  return Math.max(leastOfMessage, countSamples(body), Math.ceil(body.length / bytesOfSample))
}

/** Of `firstMs` 60,000: 1 min, then 2, 4, 8, 16, 32 min and an hour each, until a day passes without. One that lasts stays as it is. */
export function nextSuspension(
  known: Suspension | undefined,
  { nowMs, firstMs }: { nowMs: number; firstMs: number },
): Suspension {
  if (known !== undefined && known.untilMs > nowMs) return known
  const times = known !== undefined && nowMs - known.untilMs < calmMs ? known.times + 1 : 1
  return { times, untilMs: nowMs + Math.min(longestMs, firstMs * 2 ** (times - 1)) }
}
