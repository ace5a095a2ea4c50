// How far a recorder's clock is off, by the best evidence of one track and the attempt that brought it. Pure.
//
// A decision belongs to (recorder, clock epoch) and is made once (docs/architecture.md, "A clock is decided once"), so
// its evidence is that of whichever track comes first. Two things follow that no rule here can mend: a clock that jumps
// without a new epoch keeps the offset of its first track, and its later samples are right, shifted by the jump, or
// quarantined when that puts them after their receipt; and a first track with wrong evidence shifts its whole epoch.
// The second is kept rare: only a sender who owns or owned the bike decides, and only when the decision puts at least
// one sample of the deciding track where it can be true.
import { limits, QuarantineReason } from '../../../proto/index.ts'
import type { ArrivedTrack, ClockDecision, ClockKey, ClockProposal, KnownBike, KnownModule } from './port.ts'

export interface ClockEvidence {
  readonly receivedAtMs: number
  readonly firstRecordedMs: number
  readonly track: { readonly bootId: number; readonly clockEpoch: number; readonly monotonicStartMs?: number }
  readonly attempt:
    | {
        readonly sentAtMs: number
        readonly bootId: number
        readonly monotonicMs: number
        readonly clockEpoch: number
      }
    | undefined
}

/** A smaller offset counts as zero: the age of a sample includes the time the upload travelled. */
const monotonicThresholdMs = 2_000
/** Likewise for the wall clocks, of which a slow network is indistinguishable from a slow clock … */
const sentAtThresholdMs = 60_000
/** … but nothing is received before it was sent: a clock ahead of ours is fast, whatever the network. */
const aheadThresholdMs = 2_000
/** How far after its receipt an event may seem to lie: our own clocks differ a little. */
export const futureToleranceMs = 5_000
/** How far before its enrolment a module's clock, which nobody corrects, may put what it measured at once. */
export const enrolmentToleranceMs = 5 * 60_000

/**
 * Sent at 10:00 by the phone's clock and received at 10:05 by ours, in the clock epoch of the track:
 * `{ rule: 'sent_at', offsetMs: 300_000 }`.
 */
export function decideClock(evidence: ClockEvidence): ClockDecision {
  const { receivedAtMs, firstRecordedMs, track, attempt } = evidence
  const { monotonicStartMs } = track
  if (attempt !== undefined && monotonicStartMs !== undefined && track.bootId === attempt.bootId) {
    const ageMs = attempt.monotonicMs - monotonicStartMs
    if (ageMs >= 0 && ageMs < limits.timeMs) {
      const offsetMs = receivedAtMs - ageMs - firstRecordedMs
      return { rule: 'monotonic', offsetMs: beyond(offsetMs, monotonicThresholdMs) }
    }
  }
  if (attempt !== undefined && track.clockEpoch === attempt.clockEpoch) {
    const offsetMs = receivedAtMs - attempt.sentAtMs
    if (Math.abs(offsetMs) < limits.timeMs) {
      return { rule: 'sent_at', offsetMs: beyond(offsetMs, sentAtThresholdMs) }
    }
  }
  return { rule: 'none', offsetMs: 0 }
}

function beyond(offsetMs: number, thresholdMs: number): number {
  return offsetMs <= -aheadThresholdMs || offsetMs >= thresholdMs ? offsetMs : 0
}

/** What the track alone says about its clock. */
export function decideOwnClock({ raw, receivedAtMs, track }: ArrivedTrack): ClockDecision {
  const { attempt } = raw
  return decideClock({
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

export function clockKeyOf({ track }: ArrivedTrack): ClockKey {
  return { recorderId: track.recorderId, clockEpoch: track.clock.clockEpoch }
}

/** `5b0c6a1e-…/3`: a clock as the key of a map. */
export function clockName({ recorderId, clockEpoch }: ClockKey): string {
  return `${recorderId}/${clockEpoch}`
}

/** A module's clock is taken as it is, and no phone that names the same recorder may shift it. */
export function hasKeptClock({ raw }: ArrivedTrack): boolean {
  return raw.device === undefined
}

/** What the track says about its clock; undefined when it must not decide for those that come later. */
export function proposeClock(arrived: ArrivedTrack, bike: KnownBike | undefined): ClockProposal | undefined {
  const { track, trackId, raw } = arrived
  if (!hasKeptClock(arrived)) return undefined
  if (!bike?.ownerships.some(({ riderId }) => riderId === raw.sender)) return undefined
  const decision = decideOwnClock(arrived)
  const believable = track.timesMs.some(
    (recordedMs) => impossibleTime(recordedMs + decision.offsetMs, arrived, bike) === undefined,
  )
  return believable ? { ...clockKeyOf(arrived), decision, trackId } : undefined
}

/** Why nothing can have happened at this time; undefined when it can. */
export function impossibleTime(eventMs: number, { receivedAtMs }: ArrivedTrack, bike: KnownBike) {
  if (eventMs > receivedAtMs + futureToleranceMs) return QuarantineReason.EVENT_IN_FUTURE
  if (eventMs < bike.producedAtMs) return QuarantineReason.EVENT_BEFORE_BIKE
  return undefined
}

/** A module that was enrolled at 10:00 tells of 09:50: nobody vouches for where it was then. */
export function isBeforeEnrolment(eventMs: number, { samplesFromMs }: KnownModule): boolean {
  return eventMs < samplesFromMs - enrolmentToleranceMs
}
