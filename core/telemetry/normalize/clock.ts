// How far a recorder's clock is off, by the best evidence of one track and the attempt that brought it.
//
// A decision belongs to (recorder, clock epoch) and is made once (docs/architecture.md, "A clock is judged once"), so
// its evidence is that of whichever track comes first. Two things follow that no rule here can mend: a clock that jumps
// without a new epoch keeps the offset of its first track, and its later samples are right, shifted by the jump, or
// quarantined when that puts them after their receipt; and a first track with wrong evidence shifts its whole epoch.
// The second is kept rare: only a sender who owns or owned the bike decides, and only when the decision puts at least
// one sample of the deciding track where it can be true (plan.ts).

import { limits } from '../../../proto/index.ts'

export type ClockRule = 'none' | 'monotonic' | 'sent_at'

export interface ClockDecision {
  readonly rule: ClockRule
  /** Event time = recorded time + offset. */
  readonly offsetMs: number
}

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
export const monotonicThresholdMs = 2_000
/** Likewise for the wall clocks, of which a slow network is indistinguishable from a slow clock … */
export const sentAtThresholdMs = 60_000
/** … but nothing is received before it was sent: a clock ahead of ours is fast, whatever the network. */
export const aheadThresholdMs = 2_000

export function judgeClock(evidence: ClockEvidence): ClockDecision {
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
