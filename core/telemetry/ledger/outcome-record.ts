// Reads records of telemetry.outcomes into entries of the books.
import { fromBinary } from '@bufbuild/protobuf'
import { limits, TrackOutcomeSchema, uuidText } from '../../../proto/index.ts'
import { storable } from '../../runtime/foreign-text.ts'
import { type Stage, stages } from '../contracts/outcomes.ts'
import { mayBeSettledAfterMs } from './plan.ts'
import type { BookedOutcome } from './port.ts'

type Count = BookedOutcome['counts'][number]

const largestInteger = 2 ** 31 - 1

/**
 * Throws on bytes that the books could not hold. A TrackOutcome of normalize with two clean samples, whose acceptance nobody
 * counted, becomes `{ stage: 'normalize', acceptedSamples: 2, counts: [{ outcome: 'clean', reason: '', samples: 2 }], … }`.
 */
export function readOutcomeRecord(value: Uint8Array): BookedOutcome {
  const { trackId, uploadId, bikeId, ...outcome } = fromBinary(TrackOutcomeSchema, value)
  const stage = stages.find((known) => known === outcome.stage)
  if (stage === undefined) throw new Error('no such stage')
  if ([trackId, uploadId, bikeId].some((id) => id.length !== 16))
    throw new Error('an id does not have 16 bytes')
  const receivedAtMs = Number(outcome.receivedAtMs)
  if (receivedAtMs < 0 || receivedAtMs >= limits.timeMs) throw new Error('the time of receipt is none')
  const counts = sumsOf(outcome.counts)
  const seen = counts.reduce((sum, { samples }) => sum + samples, 0)
  // Counted at acceptance, the books show a sample that got lost before normalize.
  const acceptedSamples = outcome.acceptedSamples > 0 ? outcome.acceptedSamples : seen
  const numbers = [
    outcome.trackIndex,
    acceptedSamples,
    outcome.deliveryTracks,
    ...counts.map(({ samples }) => samples),
  ]
  if (numbers.some((number) => number > largestInteger)) throw new Error('a number is out of range')
  return {
    trackId: uuidText(trackId),
    uploadId: uuidText(uploadId),
    trackIndex: outcome.trackIndex,
    sender: storable(outcome.sender),
    bikeId: uuidText(bikeId),
    stage,
    receivedAtMs,
    acceptedSamples,
    deliveryTracks: outcome.deliveryTracks,
    counts,
  }
}

/** One count for each outcome and reason; a stage that names one twice means the sum. */
function sumsOf(counts: readonly Count[]): Count[] {
  const sums = new Map<string, Count>()
  for (const count of counts) {
    const [outcome, reason] = [storable(count.outcome), storable(count.reason)]
    const key = JSON.stringify([outcome, reason])
    const samples = count.samples + (sums.get(key)?.samples ?? 0)
    sums.set(key, { outcome, reason, samples })
  }
  return [...sums.values()]
}

/** One entry a (track, stage), the last of them, in the order of the keys. */
export function collapseOutcomes(outcomes: readonly BookedOutcome[]): BookedOutcome[] {
  const last = new Map<string, BookedOutcome>()
  for (const outcome of outcomes) last.set(entryKey(outcome.trackId, outcome.stage), outcome)
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome)
}

function entryKey(trackId: string, stage: Stage): string {
  return `${trackId}/${stage}`
}

/** Normalize sees every accepted track first, so its outcomes are what makes tracks known. */
export function newTracks(outcomes: readonly BookedOutcome[]): BookedOutcome[] {
  return outcomes.filter(({ stage }) => stage === 'normalize')
}

/**
 * Outcomes of tracks that may be settled: old ones, and messages of modules that normalize tells of. A module may send a message again
 * after days, and it is the same track then, received anew.
 */
export function lateOutcomes(outcomes: readonly BookedOutcome[], nowMs: number): BookedOutcome[] {
  return outcomes.filter(
    ({ receivedAtMs, trackId, uploadId, stage }) =>
      receivedAtMs < nowMs - mayBeSettledAfterMs || (trackId === uploadId && stage === 'normalize'),
  )
}
