// The outcomes of a sample at each stage: the closed lists behind the ledger, the counters and the runbook.
import { create, toBinary } from '@bufbuild/protobuf'
import { QuarantineReason, type RawTrack, TrackOutcomeSchema } from '../../../proto/index.ts'

export const stages = ['normalize', 'search', 'latest', 'analytics'] as const
export type Stage = (typeof stages)[number]

/** Outcomes by stage; together they account for every sample that reached the stage. */
export const outcomesOf = {
  normalize: ['clean', 'quarantined', 'refused_by_erasure'],
  search: ['stored', 'duplicate', 'quarantined', 'refused_by_erasure'],
  latest: ['merged'],
  analytics: ['delivered', 'withheld'],
} as const satisfies Record<Stage, readonly string[]>

/** The name of an erasure, in a rider's place. */
export const erasedName = (erasureId: string) => `erased:${erasureId}`
export const isErasedName = (riderId: string) => riderId.startsWith(erasedName(''))

type Outcome<S extends Stage = Stage> = (typeof outcomesOf)[S][number]

/** Why analytics withholds a sample. */
export const withheldReasons = ['consent_absent', 'consent_not_at_event_time'] as const
export type WithheldReason = (typeof withheldReasons)[number]

/** `bike_unregistered`, `event_in_future`, …; `unknown` for one of a later version. */
export function quarantineReasonName(reason: QuarantineReason): string {
  return (QuarantineReason[reason] ?? 'unknown').toLowerCase()
}

const { BIKE_UNREGISTERED, BIKE_FOREIGN, EVENT_BEFORE_BIKE, DEVICE_MISMATCH, BEFORE_ENROLMENT } =
  QuarantineReason
/** For what telemetry waits that is not believed because of its bike: news of the bike may mend it. */
const bikeReasons: readonly QuarantineReason[] = [
  BIKE_UNREGISTERED,
  BIKE_FOREIGN,
  EVENT_BEFORE_BIKE,
  DEVICE_MISMATCH,
  BEFORE_ENROLMENT,
]

export const bikeReasonNames: readonly string[] = bikeReasons.map(quarantineReasonName)

export function isBikeReason(reason: QuarantineReason): boolean {
  return bikeReasons.includes(reason)
}

export interface OutcomeCount<S extends Stage = Stage> {
  readonly outcome: Outcome<S>
  /** Empty where the outcome says it all. */
  readonly reason: string
  readonly samples: number
}

export const quarantinedFor = (reason: QuarantineReason, samples: number) => ({
  ...{ outcome: 'quarantined' as const, reason: quarantineReasonName(reason), samples },
})
export const refusedByErasure = (samples: number) => ({
  ...{ outcome: 'refused_by_erasure' as const, reason: '', samples },
})

/** The bytes of a TrackOutcome for `telemetry.outcomes`; its key is the track id. */
export function encodeOutcome<S extends Stage>(of: {
  raw: RawTrack
  bikeId: Uint8Array
  stage: S
  counts: readonly OutcomeCount<S>[]
  /** In place of a sender who was erased. */
  sender?: string
}): { key: Uint8Array; value: Uint8Array } {
  const { raw, bikeId, stage, counts, sender = raw.sender } = of
  const outcome = create(TrackOutcomeSchema, {
    trackId: raw.trackId,
    uploadId: raw.uploadId,
    trackIndex: raw.trackIndex,
    sender,
    bikeId,
    stage,
    counts: counts.filter(({ samples }) => samples > 0).map((count) => ({ ...count })),
    receivedAtMs: raw.receivedAtMs,
    acceptedSamples: raw.samples,
    deliveryTracks: raw.deliveryTracks,
  })
  return { key: raw.trackId, value: toBinary(TrackOutcomeSchema, outcome) }
}
