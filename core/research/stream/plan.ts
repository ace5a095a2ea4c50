// Decides a batch: which samples go to research, which are withheld and why, and who answers for them. Pure.
import { uuidBytes } from '../../../proto/index.ts'
import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import type { CleanSamples } from '../../telemetry/contracts/clean-samples.ts'
import { encodeOutcome, type OutcomeCount, withheldReasons } from '../../telemetry/contracts/outcomes.ts'
import { isAt, samplesToClaim } from './claims.ts'
import { checkConsent } from './consent-check.ts'
import type { Claim, ResearchConsents, SourcePosition } from './port.ts'
import { researchRecord } from './research-records.ts'

export interface StoredTrackRecord extends SourcePosition {
  readonly stored: CleanSamples
}

export interface PlanOptions {
  /** All claims on the tracks of the batch. */
  readonly claims: readonly Claim[]
  readonly consents: ResearchConsents
  readonly researchTopic: string
  readonly outcomesTopic: string
}

export interface AnalyticsPlan {
  readonly records: readonly OutgoingRecord[]
  /** To be saved before the records are committed. */
  readonly claims: readonly Claim[]
}

/**
 * A track of 4 samples, its rider consenting since the second → a research record of 3, the outcome `delivered` 3 and
 * `withheld` 1, and a claim on all 4.
 */
export function planBatch(batch: readonly StoredTrackRecord[], options: PlanOptions): AnalyticsPlan {
  const { consents, researchTopic, outcomesTopic } = options
  const byTrack = Map.groupBy(options.claims, ({ trackId }) => trackId)
  const records: OutgoingRecord[] = []
  const claims: Claim[] = []
  for (const { partition, offset, stored } of batch) {
    const { trackId } = stored
    const at = { partition, offset }
    const known = byTrack.get(trackId) ?? []
    const samples = samplesToClaim(at, stored.ranges, known)
    const { consented, withheld } = checkConsent(stored, samples, consents.get(stored.riderId))
    const claim: Claim = { trackId, ...at, samples, delivered: consented?.samples.length ?? 0, withheld }
    const all = [...known.filter((other) => !isAt(other, at)), claim]
    byTrack.set(trackId, all)
    if (samples.length > 0) claims.push(claim)
    if (consented !== undefined) records.push(researchRecord(consented, researchTopic))
    records.push({ topic: outcomesTopic, ...outcomeOf(stored, all) })
  }
  return { records, claims }
}

/** Over all records of the track: the ledger replaces what an earlier one said. */
function outcomeOf({ raw, track }: CleanSamples, claims: readonly Claim[]) {
  const sum = (count: (claim: Claim) => number) => claims.reduce((total, claim) => total + count(claim), 0)
  const counts: OutcomeCount<'analytics'>[] = [
    { outcome: 'delivered', reason: '', samples: sum(({ delivered }) => delivered) },
    ...withheldReasons.map((reason) => ({
      outcome: 'withheld' as const,
      reason,
      samples: sum(({ withheld }) => withheld[reason]),
    })),
  ]
  return encodeOutcome({ raw, bikeId: uuidBytes(track.bikeId), stage: 'analytics', counts })
}
