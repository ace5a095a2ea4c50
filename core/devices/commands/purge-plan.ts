// Decides when no command of before a change of owner can reach the bike any more. Pure.
import { brokerKeepsMs, type UnpurgedChange } from './port.ts'

/** Beyond what the broker keeps: publishing that was under way, and clocks that go at different rates. */
const marginMs = 10_000
/** The clocks of broker and database may differ by that. */
const skewMs = 2_000

/** Whether a module may have a command of before in hand by this connection; what it has not acknowledged comes back. */
export function isOlder(change: UnpurgedChange, connectedAtMs: number): boolean {
  return change.unexpired > 0 && connectedAtMs < change.changedAtMs + skewMs
}

/** What was done with the sessions of the bike's modules. */
export interface Purge {
  readonly isDone: boolean
  /** Connections from before the change were there, and were ended. */
  readonly hadOlder: boolean
}

/**
 * Time alone is enough where the broker is away: what it has ends by itself.
 *
 * `{changedAgoMs: 2_000, unexpired: 3}`, purged, no older connection → true; broker away → true after 40 s.
 */
export function isSettled(change: UnpurgedChange, { isDone, hadOlder }: Purge): boolean {
  const sinceMs = Math.min(change.changedAgoMs, change.handedOverAgoMs ?? Infinity)
  if (change.unexpired === 0 || sinceMs >= brokerKeepsMs + marginMs) return true
  return isDone && !hadOlder && !change.isConnectedSince
}
