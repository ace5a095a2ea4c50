// What normalize decides about a track: when its samples happened, and which of them are believed. Pure.
import { QuarantineReason } from '../../../proto/index.ts'
import type { Range } from '../contracts/clean-samples.ts'
import type { ArrivedTrack } from './arrived-track.ts'
import { type ClockDecision, judgeClock } from './clock.ts'
import { recorderMismatch, riderDuring, topicMismatch } from './device.ts'
import type { ClockKey, ClockProposal, KnownBike } from './port.ts'
import { rangesBy } from './ranges.ts'

export interface Quarantined {
  readonly reason: QuarantineReason
  readonly samples: readonly Range[]
  readonly detail: string
}

export interface Verdict {
  readonly clock: ClockDecision
  /** Whose the clean samples are; '' when no rider owned the bike all the while. */
  readonly riderId: string
  readonly clean: readonly Range[]
  readonly quarantined: readonly Quarantined[]
  /** Of what was known of the bike; 0 when it was not. */
  readonly bikeVersion: number
}

/** How far after its receipt an event may seem to lie: our own clocks differ a little. */
export const futureToleranceMs = 5_000

const reasons = QuarantineReason

export function clockKeyOf({ track }: ArrivedTrack): ClockKey {
  return { recorderId: track.recorderId, clockEpoch: track.clock.clockEpoch }
}

/** A module's clock is taken as it is, and no phone that names the same recorder may shift it. */
export function hasJudgedClock({ raw }: ArrivedTrack): boolean {
  return raw.device === undefined
}

/** What the track says about its clock; undefined when it must not decide for those that come later. */
export function proposeClock(arrived: ArrivedTrack, bike: KnownBike | undefined): ClockProposal | undefined {
  const { track, trackId, raw } = arrived
  if (!hasJudgedClock(arrived)) return undefined
  if (bike === undefined || ownershipsOf(bike, raw.sender).length === 0) return undefined
  const decision = judgeOwnClock(arrived)
  const believable = track.timesMs.some(
    (recordedMs) => impossibleTime(recordedMs + decision.offsetMs, arrived, bike) === undefined,
  )
  return believable ? { ...clockKeyOf(arrived), decision, trackId } : undefined
}

/** `clock` is the decision that is kept about the track's clock, if any. */
export function judge(
  arrived: ArrivedTrack,
  bike: KnownBike | undefined,
  clock: ClockDecision | undefined,
): Verdict {
  const { track, raw } = arrived
  const samples = track.timesMs.length
  const decision = (hasJudgedClock(arrived) ? clock : undefined) ?? judgeOwnClock(arrived)
  const source = judgeSource(arrived, bike)
  const bikeVersion = bike?.version ?? 0
  if (source.kind === 'refused') {
    const { reason, detail } = source
    const quarantined = [{ reason, detail, samples: [{ first: 0, count: samples }] }]
    return { clock: decision, riderId: '', clean: [], quarantined, bikeVersion }
  }
  const eventMsAt = (index: number) => (track.timesMs[index] as number) + decision.offsetMs
  const owned = ownershipsOf(source.bike, raw.sender)
  const groups = rangesBy(samples, (index) => {
    const eventMs = eventMsAt(index)
    const impossible = impossibleTime(eventMs, arrived, source.bike)
    if (impossible !== undefined) return impossible
    if (raw.device !== undefined) return 'clean'
    const isOwner = owned.some(({ fromMs, untilMs }) => fromMs <= eventMs && eventMs < untilMs)
    return isOwner ? 'clean' : reasons.BIKE_FOREIGN
  })
  const quarantined: Quarantined[] = []
  for (const [reason, ranges] of groups) {
    if (reason === 'clean') continue
    quarantined.push({ reason, samples: ranges, detail: explainTime(arrived, decision, ranges) })
  }
  const clean = groups.get('clean') ?? []
  const riderId = riderOf(arrived, source.bike, { clean, eventMsAt })
  return { clock: decision, riderId, clean, quarantined, bikeVersion }
}

type Source =
  | { readonly kind: 'known'; readonly bike: KnownBike }
  | { readonly kind: 'refused'; readonly reason: QuarantineReason; readonly detail: string }

/** Whether the sender may speak for the bike at all. */
function judgeSource(arrived: ArrivedTrack, bike: KnownBike | undefined): Source {
  const { raw, track } = arrived
  const refuse = (reason: QuarantineReason, detail: string): Source => ({ kind: 'refused', reason, detail })
  const onWrongTopic = topicMismatch(arrived)
  if (onWrongTopic !== undefined) return refuse(reasons.DEVICE_MISMATCH, onWrongTopic)
  if (bike === undefined) {
    return refuse(reasons.BIKE_UNREGISTERED, `bike ${track.bikeId} is not in the registry`)
  }
  if (raw.device !== undefined) {
    const strange = recorderMismatch(arrived, bike)
    return strange === undefined ? { kind: 'known', bike } : refuse(reasons.DEVICE_MISMATCH, strange)
  }
  if (ownershipsOf(bike, raw.sender).length > 0) return { kind: 'known', bike }
  return refuse(reasons.BIKE_FOREIGN, 'the sender never owned the bike')
}

/** A phone's samples are its sender's, or they are not clean. */
function riderOf(
  { raw }: ArrivedTrack,
  bike: KnownBike,
  { clean, eventMsAt }: { clean: readonly Range[]; eventMsAt(index: number): number },
): string {
  if (raw.device === undefined) return raw.sender
  const [first, last] = [clean[0], clean.at(-1)]
  if (first === undefined || last === undefined) return ''
  return riderDuring(bike, eventMsAt(first.first), eventMsAt(last.first + last.count - 1))
}

function judgeOwnClock({ raw, receivedAtMs, track }: ArrivedTrack): ClockDecision {
  const { attempt } = raw
  return judgeClock({
    receivedAtMs,
    firstRecordedMs: track.timesMs[0] as number,
    track: track.clock,
    attempt: attempt && {
      sentAtMs: Number(attempt.sentAtMs),
      bootId: attempt.bootId,
      monotonicMs: Number(attempt.monotonicMs),
      clockEpoch: attempt.clockEpoch,
    },
  })
}

function impossibleTime(eventMs: number, { receivedAtMs }: ArrivedTrack, bike: KnownBike) {
  if (eventMs > receivedAtMs + futureToleranceMs) return reasons.EVENT_IN_FUTURE
  if (eventMs < bike.producedAtMs) return reasons.EVENT_BEFORE_BIKE
  return undefined
}

function ownershipsOf(bike: KnownBike, sender: string) {
  return bike.ownerships.filter(({ riderId }) => riderId === sender)
}

function explainTime(arrived: ArrivedTrack, { rule, offsetMs }: ClockDecision, samples: readonly Range[]) {
  const first = samples[0]?.first ?? 0
  const recordedMs = arrived.track.timesMs[first] as number
  const at = (ms: number) => new Date(ms).toISOString()
  return (
    `sample ${first}: recorded ${at(recordedMs)}, happened ${at(recordedMs + offsetMs)} ` +
    `(clock rule ${rule}, offset ${offsetMs} ms), received ${at(arrived.receivedAtMs)}`
  )
}
