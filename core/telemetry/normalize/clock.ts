// How far a recorder's clock is off, by the best evidence of one track and the attempt that brought it. Pure.
//
// A decision belongs to (sender, recorder, clock epoch, boot) and is made once (docs/architecture.md, "A clock is decided once"), so
// its evidence is that of whichever track comes first. Two things follow that no rule here can mend: where there is no monotonic
// clock, one that jumps without a new epoch keeps the offset of its first track; and a first track with wrong evidence shifts all
// that has none of its own. The second is kept rare: a sender decides about his own clocks only, only if he owns or owned the bike,
// and only when the decision puts at least one sample of the deciding track where it can be true and the track's pace is one of a bike.
import { type DecodedTrack, isPosition, limits, QuarantineReason, uuidText } from '../../../proto/index.ts'
import { isErasedName } from '../contracts/outcomes.ts'
import type {
  ArrivedTrack,
  ClockDecision,
  ClockKey,
  ClockProposal,
  ClockQuestion,
  KnownBike,
  KnownClock,
  KnownModule,
} from './port.ts'

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

/** The decision about a clock that follows from the track alone. */
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

/** The wall clocks that one boot showed at its beginning may differ by so much: they drift within an epoch. */
const sameBootMs = 60_000

export function clockQuestionOf({ raw, receivedAtMs, track }: ArrivedTrack): ClockQuestion {
  const { bootId, clockEpoch, monotonicStartMs } = track.clock
  const bootWallMs =
    monotonicStartMs === undefined ? undefined : Math.round((track.timesMs[0] as number) - monotonicStartMs)
  const sameBoot =
    bootWallMs === undefined
      ? undefined
      : { fromMs: bootWallMs - sameBootMs, untilMs: bootWallMs + sameBootMs }
  const key = { sender: raw.sender, recorderId: track.recorderId, clockEpoch, bootId, bootWallMs }
  return { ...key, sameBoot, uploadId: uuidText(raw.uploadId), receivedAtMs }
}

/** `["anna","5b0c6a1e-…",3,1,1767225600000]`: a clock as the key of a map. */
export function clockName({ sender, recorderId, clockEpoch, bootId, bootWallMs }: ClockKey): string {
  return JSON.stringify([sender, recorderId, clockEpoch, bootId, bootWallMs])
}

export function isSameBoot({ bootId, sameBoot }: ClockQuestion, of: ClockKey): boolean {
  if (bootId !== of.bootId) return false
  const { bootWallMs } = of
  if (sameBoot === undefined) return bootWallMs === undefined
  return bootWallMs !== undefined && sameBoot.fromMs <= bootWallMs && bootWallMs <= sameBoot.untilMs
}

/** A module's clock is taken as it is, whatever was decided about phones. */
export function hasKeptClock({ raw }: ArrivedTrack): boolean {
  return raw.device === undefined
}

/**
 * What holds for the track's clock: what was decided about it, else the track's own monotonic evidence, else what was decided about
 * the epoch first, else what the track says by its wall clock.
 */
export function decisionFor(arrived: ArrivedTrack, { former, own, epoch }: KnownClock): ClockDecision {
  const decided = former ?? own
  if (decided !== undefined) return decided
  const evidence = decideOwnClock(arrived)
  return evidence.rule === 'monotonic' ? evidence : (epoch ?? evidence)
}

/** A track, what is known of its clock, and of its bike. */
export interface ClockCase {
  readonly arrived: ArrivedTrack
  readonly known: KnownClock
  readonly bike: KnownBike | undefined
}

/** Decisions about the clocks that have none, in the order of the tracks: of two tracks of one clock the first decides. */
export function proposeClocks(cases: readonly ClockCase[]): ClockProposal[] {
  const made: ClockProposal[] = []
  for (const { arrived, known, bike } of cases) {
    if (known.former !== undefined || known.own !== undefined) continue
    const question = clockQuestionOf(arrived)
    const ofEpoch = made.filter((each) => isSameEpoch(question, each))
    if (ofEpoch.some((each) => isSameBoot(question, each))) continue
    const decision = decisionFor(arrived, { epoch: known.epoch ?? ofEpoch[0]?.decision })
    if (!mayDecide(arrived, decision, bike)) continue
    const { sender, recorderId, clockEpoch, bootId, bootWallMs } = question
    const { trackId } = arrived
    made.push({ sender, recorderId, clockEpoch, bootId, bootWallMs, decision, trackId })
  }
  return made
}

export const isSameEpoch = (a: ClockKey, b: ClockKey) =>
  a.sender === b.sender && a.recorderId === b.recorderId && a.clockEpoch === b.clockEpoch

/** False when the decision must not hold for tracks that come later. */
function mayDecide(arrived: ArrivedTrack, { offsetMs }: ClockDecision, bike: KnownBike | undefined): boolean {
  const { track, raw } = arrived
  if (!hasKeptClock(arrived) || implausiblePace(arrived) !== undefined) return false
  if (!bike?.ownerships.some(({ riderId }) => riderId === raw.sender)) return false
  return track.timesMs.some(
    (recordedMs) => impossibleTime(recordedMs + offsetMs, arrived, bike) === undefined,
  )
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

/** Steps of fewer milliseconds are bursts, of a sensor that tells one value after the other … */
const burstMs = 20
/** … and steps that are faster are none of a bike, be it on a train. */
const fastestKmh = 300
/** Fewer steps prove nothing: a first position may be that of an hour ago. */
const fewestSteps = 5

/**
 * Why the times of a track cannot be those of its samples; undefined when they can, or when staff have accepted them. An hour whose seconds
 * were sent as milliseconds: `half of its 3599 steps take less than 20 ms`. A single jump among many steps is a bad fix and no wrong time.
 */
export function implausiblePace({ raw, track }: ArrivedTrack): string | undefined {
  if (raw.paceAccepted) return undefined
  const steps = track.timesMs.length - 1
  if (track.kind !== 'fault' && isMost(burstsIn(track), steps)) {
    return `more than half of its ${steps} steps take less than ${burstMs} ms`
  }
  const { moves, fast } = movesOf(track)
  if (!isMost(fast, moves)) return undefined
  return `it is faster than ${fastestKmh} km/h in more than half of its ${moves} moves`
}

const isMost = (some: number, all: number) => all >= fewestSteps && some > all / 2

function burstsIn({ timesMs }: DecodedTrack): number {
  let bursts = 0
  for (let i = 1; i < timesMs.length; i++) {
    if ((timesMs[i] as number) - (timesMs[i - 1] as number) < burstMs) bursts++
  }
  return bursts
}

const metresPerCell = 40_008_000 / 360e7
const radiansPerCell = Math.PI / 180e7

/** How often the position changed from one known one to the next, and how often so faster than any bike. */
function movesOf({ timesMs, columns }: DecodedTrack): { moves: number; fast: number } {
  const latitudes = columns.find(({ key }) => key === 'latitude_deg')?.values
  const longitudes = columns.find(({ key }) => key === 'longitude_deg')?.values
  let [moves, fast] = [0, 0]
  let before: number | undefined
  for (let i = 0; i < timesMs.length; i++) {
    const [latitude, longitude] = [latitudes?.[i], longitudes?.[i]]
    if (latitude === undefined || longitude === undefined || !isPosition(latitude, longitude)) continue
    if (before !== undefined) {
      const north = latitude - (latitudes?.[before] as number)
      const turn = Math.abs(longitude - (longitudes?.[before] as number))
      const east = Math.min(turn, 360e7 - turn) * Math.cos(latitude * radiansPerCell)
      const metres = Math.hypot(north, east) * metresPerCell
      const ms = (timesMs[i] as number) - (timesMs[before] as number)
      if (metres > 0) moves++
      if (metres * 3_600 > fastestKmh * ms) fast++
    }
    before = i
  }
  return { moves, fast }
}

/** Whether a rider was erased since whose sample it is. A phone's samples are its sender's, whatever the bike; a module's are of whoever owned the bike. */
export function isErased(
  eventMs: number,
  { raw, tombstone }: ArrivedTrack,
  bike: KnownBike | undefined,
): boolean {
  if (raw.device === undefined) {
    return isErasedName(raw.sender) || (tombstone !== undefined && eventMs < tombstone.erasedAtMs)
  }
  const isThen = ({ fromMs, untilMs }: KnownBike['ownerships'][number]) =>
    fromMs <= eventMs && eventMs < untilMs
  return bike?.ownerships.some((own) => isErasedName(own.riderId) && isThen(own)) ?? false
}
