// What normalize decides about a track: when its samples happened, and which of them are believed. Pure.
import { type DecodedTrack, QuarantineReason, type RawTrack } from '../../proto/index.ts'
import type { Range } from '../pipeline/clean-samples.ts'
import { type ClockDecision, judgeClock } from './clock.ts'
import type { ClockKey, ClockProposal, KnownBike } from './port.ts'
import { rangesBy } from './ranges.ts'

/** A record of telemetry.raw whose bytes are in order. */
export interface ArrivedTrack {
  readonly raw: RawTrack
  readonly trackId: string
  readonly receivedAtMs: number
  readonly track: DecodedTrack
}

export interface Quarantined {
  readonly reason: QuarantineReason
  readonly samples: readonly Range[]
  readonly detail: string
}

export interface Verdict {
  readonly clock: ClockDecision
  readonly clean: readonly Range[]
  readonly quarantined: readonly Quarantined[]
}

/** How far after its receipt an event may seem to lie: our own clocks differ a little. */
export const futureToleranceMs = 5_000

const reasons = QuarantineReason

export function clockKeyOf({ track }: ArrivedTrack): ClockKey {
  return { recorderId: track.recorderId, clockEpoch: track.clock.clockEpoch }
}

/** What the track says about its clock; undefined when it must not decide for those that come later. */
export function proposeClock(arrived: ArrivedTrack, bike: KnownBike | undefined): ClockProposal | undefined {
  const { track, trackId, raw } = arrived
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
  const decision = clock ?? judgeOwnClock(arrived)
  const whole = [{ first: 0, count: track.timesMs.length }]
  const refuse = (reason: QuarantineReason, detail: string): Verdict => ({
    clock: decision,
    clean: [],
    quarantined: [{ reason, samples: whole, detail }],
  })
  if (bike === undefined) {
    return refuse(reasons.BIKE_UNREGISTERED, `bike ${track.bikeId} is not in the registry`)
  }
  const owned = ownershipsOf(bike, raw.sender)
  if (owned.length === 0) return refuse(reasons.BIKE_FOREIGN, 'the sender never owned the bike')

  const groups = rangesBy(track.timesMs.length, (index) => {
    const eventMs = (track.timesMs[index] as number) + decision.offsetMs
    const impossible = impossibleTime(eventMs, arrived, bike)
    if (impossible !== undefined) return impossible
    const isOwner = owned.some(({ fromMs, untilMs }) => fromMs <= eventMs && eventMs < untilMs)
    return isOwner ? 'clean' : reasons.BIKE_FOREIGN
  })
  const quarantined: Quarantined[] = []
  for (const [reason, samples] of groups) {
    if (reason === 'clean') continue
    quarantined.push({ reason, samples, detail: explainTime(arrived, decision, samples) })
  }
  return { clock: decision, clean: groups.get('clean') ?? [], quarantined }
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
