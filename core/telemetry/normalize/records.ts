// Records of telemetry.raw in, and what normalize makes of them out: clean tracks, quarantine, and the outcome for the books.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  CleanTrackSchema,
  ClockRule,
  limits,
  QuarantinedTrackSchema,
  QuarantineReason,
  type RawTrack,
  RawTrackSchema,
  readTrack,
  uuidBytes,
  uuidText,
} from '../../../proto/index.ts'
import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import { countSamples, embed } from '../contracts/clean-samples.ts'
import {
  encodeOutcome,
  isErasedName,
  type OutcomeCount,
  quarantinedFor,
  refusedByErasure,
} from '../contracts/outcomes.ts'
import type { TrackPlan } from './plan.ts'
import type { ArrivedTrack, ClockRule as ClockRuleName } from './port.ts'

/** A track in order, or bytes that are none. */
export type Arrival =
  | { readonly kind: 'track'; readonly arrived: ArrivedTrack }
  | {
      readonly kind: 'undecodable'
      readonly record: Uint8Array
      readonly key: Uint8Array | null
      readonly detail: string
      /** There when only the track inside is broken. */
      readonly raw?: RawTrack
    }

export function readArrival(record: Uint8Array, key: Uint8Array | null = null): Arrival {
  let raw: RawTrack
  try {
    raw = fromBinary(RawTrackSchema, record)
    checkFrame(raw)
  } catch (error) {
    return { kind: 'undecodable', record, key, detail: `no RawTrack: ${messageOf(error)}` }
  }
  try {
    const track = readTrack(raw.track)
    const receivedAtMs = Number(raw.receivedAtMs)
    return { kind: 'track', arrived: { record, raw, trackId: uuidText(raw.trackId), receivedAtMs, track } }
  } catch (error) {
    return { kind: 'undecodable', record, key, raw, detail: messageOf(error) }
  }
}

function checkFrame({ trackId, uploadId, receivedAtMs, samples }: RawTrack): void {
  if (trackId.length !== 16 || uploadId.length !== 16) throw new Error('an id does not have 16 bytes')
  if (receivedAtMs <= 0n || receivedAtMs >= limits.timeMs) throw new Error('the time of receipt is none')
  if (samples > limits.samplesPerTrack) throw new Error(`${samples} samples in a track`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export interface OutputTopics {
  readonly clean: string
  readonly quarantine: string
  readonly outcomes: string
}

export interface Output {
  readonly records: readonly OutgoingRecord[]
  readonly counts: readonly OutcomeCount<'normalize'>[]
}

const stage = 'normalize'
const noBike = new Uint8Array(16)
const ruleNumbers: Record<ClockRuleName, ClockRule> = {
  none: ClockRule.NONE,
  monotonic: ClockRule.MONOTONIC,
  sent_at: ClockRule.SENT_AT,
}

export function outputOf(
  { record, raw, track }: ArrivedTrack,
  { clock, riderId, clean, quarantined, erased, bikeVersion }: TrackPlan,
  { topics, nowMs }: { topics: OutputTopics; nowMs: number },
): Output {
  const key = uuidBytes(track.bikeId)
  const records: OutgoingRecord[] = []
  const counts: OutcomeCount<'normalize'>[] = []
  if (clean.length > 0) {
    const decided = create(CleanTrackSchema, {
      riderId,
      clockRule: ruleNumbers[clock.rule],
      clockOffsetMs: BigInt(clock.offsetMs),
      samples: clean.map((range) => ({ ...range })),
    })
    records.push({ topic: topics.clean, key, value: embed(record, toBinary(CleanTrackSchema, decided)) })
    counts.push({ outcome: 'clean', reason: '', samples: countSamples(clean) })
  }
  for (const { reason, samples, detail } of quarantined) {
    const value = create(QuarantinedTrackSchema, {
      raw,
      reason,
      samples: samples.map((range) => ({ ...range })),
      detail,
      stage,
      quarantinedAtMs: BigInt(nowMs),
      bikeVersion: BigInt(bikeVersion),
    })
    records.push({ topic: topics.quarantine, key, value: toBinary(QuarantinedTrackSchema, value) })
    counts.push(quarantinedFor(reason, countSamples(samples)))
  }
  if (erased.length > 0) counts.push(refusedByErasure(countSamples(erased)))
  records.push({ topic: topics.outcomes, ...encodeOutcome({ raw, bikeId: key, stage, counts }) })
  return { records, counts }
}

/** Bytes that are no track are kept, unless their sender was erased; the books know of them where the envelope can be read. */
export function undecodableOutput(
  arrival: Extract<Arrival, { kind: 'undecodable' }>,
  { topics, nowMs }: { topics: OutputTopics; nowMs: number },
): Output {
  const { raw, record, key, detail } = arrival
  const reason = QuarantineReason.UNDECODABLE
  const value = create(QuarantinedTrackSchema, {
    ...(raw !== undefined ? { raw, samples: [{ first: 0, count: raw.samples }] } : { record }),
    reason,
    detail,
    stage,
    quarantinedAtMs: BigInt(nowMs),
  })
  const quarantined = {
    topic: topics.quarantine,
    key: key ?? noBike,
    value: toBinary(QuarantinedTrackSchema, value),
  }
  if (raw === undefined) return { records: [quarantined], counts: [] }
  const { samples, sender } = raw
  const isErased = isErasedName(sender)
  const counts = [isErased ? refusedByErasure(samples) : quarantinedFor(reason, samples)]
  const bikeId = key?.length === 16 ? key : noBike
  const outcome = { topic: topics.outcomes, ...encodeOutcome({ raw, bikeId, stage, counts }) }
  return { records: isErased ? [outcome] : [quarantined, outcome], counts }
}
