// The records in Kafka about a settled track: the stored samples, those in quarantine, and the counts for the books.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  QuarantinedTrackSchema,
  QuarantineReason,
  StoredTrackSchema,
  uuidBytes,
} from '../../../proto/index.ts'
import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import { topicName } from '../../topics.ts'
import { embed, type Range } from '../contracts/clean-samples.ts'
import { encodeOutcome, type OutcomeCount, quarantinedFor, refusedByErasure } from '../contracts/outcomes.ts'
import { countOutcomes, type PlannedTrack, rangesOf } from './planned-track.ts'

const refusals = [
  { outcome: 'conflict', reason: QuarantineReason.CONFLICT },
  { outcome: 'refused', reason: QuarantineReason.STORE_REFUSED },
] as const

const conflictDetail = 'other samples of these identities were there first'

export function countsOf(plan: PlannedTrack): OutcomeCount<'search'>[] {
  const samples = countOutcomes(plan)
  if (samples.parked > 0) {
    return [quarantinedFor(QuarantineReason.PARTITION_PENDING, samples.parked)]
  }
  return [
    { outcome: 'stored', reason: '', samples: samples.stored },
    { outcome: 'duplicate', reason: '', samples: samples.duplicate },
    refusedByErasure(samples.erased),
    ...refusals.map(({ outcome, reason }) => quarantinedFor(reason, samples[outcome])),
  ]
}

/**
 * A track with parked samples comes back as a whole, and says then what became of all: until it does, nothing is booked and its
 * upload is not settled.
 */
export function recordsOf(
  plan: PlannedTrack,
  { namespace, nowMs }: { namespace: string; nowMs: number },
): OutgoingRecord[] {
  const key = uuidBytes(plan.bikeId)
  const records: OutgoingRecord[] = []
  const quarantine = (reason: QuarantineReason, samples: Range[], detail: string): OutgoingRecord => {
    const facts = { raw: plan.raw, reason, samples, detail, stage: 'search', quarantinedAtMs: BigInt(nowMs) }
    const value = toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, facts))
    return { topic: topicName(namespace, 'telemetry.quarantine'), key, value }
  }
  const parked = rangesOf(plan, 'parked')
  if (parked.length > 0) return [quarantine(QuarantineReason.PARTITION_PENDING, parked, plan.refusal)]
  const stored = rangesOf(plan, 'stored')
  if (stored.length > 0) {
    const others = toBinary(StoredTrackSchema, create(StoredTrackSchema, { samples: stored }))
    const value = embed(plan.record, others)
    records.push({ topic: topicName(namespace, 'telemetry.stored'), key, value })
  }
  for (const { outcome, reason } of refusals) {
    const samples = rangesOf(plan, outcome)
    if (samples.length === 0) continue
    records.push(quarantine(reason, samples, outcome === 'conflict' ? conflictDetail : plan.refusal))
  }
  const { raw, erasedAs: sender = raw.sender } = plan
  const outcome = encodeOutcome({ raw, bikeId: key, stage: 'search', counts: countsOf(plan), sender })
  records.push({ topic: topicName(namespace, 'telemetry.outcomes'), ...outcome })
  return records
}
