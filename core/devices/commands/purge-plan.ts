// Decides when no command that the platform ended can reach the bike any more. Pure.
import { brokerKeepsMs, type CommandPurge } from './port.ts'

/** Beyond what the broker keeps: publishing that was under way, and clocks that go at different rates. */
const marginMs = 10_000
/** The clocks of broker and database may differ by that. */
const skewMs = 2_000

/** Whether a module may have an ended command in hand by this connection. The broker takes back what it has not acknowledged. */
export function isOlder({ unexpired, endedAtMs }: CommandPurge, connectedAtMs: number): boolean {
  return unexpired > 0 && connectedAtMs < endedAtMs + skewMs
}

/** How the broker was asked to forget the ended commands. */
export interface PurgeAttempt {
  /** The sessions of all modules of the bike are empty. */
  readonly isDone: boolean
  /** A module was connected since before the commands ended; its connection was closed. */
  readonly hadOlder: boolean
}

/**
 * Time alone is enough where the broker is away: what it has ends by itself.
 *
 * `{endedAgoMs: 2_000, unexpired: 3}`, sessions empty, no older connection → true; broker away → true after 40 s.
 */
export function isSettled(purge: CommandPurge, { isDone, hadOlder }: PurgeAttempt): boolean {
  const sinceMs = Math.min(purge.endedAgoMs, purge.handedOverAgoMs ?? Infinity)
  if (purge.unexpired === 0 || sinceMs >= brokerKeepsMs + marginMs) return true
  return isDone && !hadOlder && !purge.isConnectedSince
}
