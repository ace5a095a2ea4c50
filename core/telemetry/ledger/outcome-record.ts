// Reads records of telemetry.outcomes into entries of the books.
import { fromBinary } from '@bufbuild/protobuf'
import { limits, TrackOutcomeSchema, uuidText } from '../../../proto/index.ts'
import { storable } from '../../runtime/storable.ts'
import { type Stage, stages } from '../contracts/outcomes.ts'
import type { BookedOutcome } from './port.ts'

const largestInteger = 2 ** 31 - 1

/** Throws on bytes that the books could not hold. */
export function readOutcomeRecord(value: Uint8Array): BookedOutcome {
  const { trackId, uploadId, bikeId, ...outcome } = fromBinary(TrackOutcomeSchema, value)
  const stage = stages.find((known) => known === outcome.stage)
  if (stage === undefined) throw new Error('no such stage')
  if ([trackId, uploadId, bikeId].some((id) => id.length !== 16))
    throw new Error('an id does not have 16 bytes')
  const receivedAtMs = Number(outcome.receivedAtMs)
  if (receivedAtMs < 0 || receivedAtMs >= limits.timeMs) throw new Error('the time of receipt is none')
  const numbers = [
    outcome.trackIndex,
    outcome.acceptedSamples,
    outcome.deliveryTracks,
    ...outcome.counts.map(({ samples }) => samples),
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
    acceptedSamples: outcome.acceptedSamples,
    deliveryTracks: outcome.deliveryTracks,
    counts: outcome.counts.map(({ outcome: name, reason, samples }) => ({
      outcome: storable(name),
      reason: storable(reason),
      samples,
    })),
  }
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
