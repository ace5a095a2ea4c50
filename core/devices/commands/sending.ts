// What follows from the broker's answer about a published command.
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import type { Sending } from './port.ts'

const firstPauseMs = 500
const longestPauseMs = 60_000

/**
 * Only what the broker keeps for the bike is sent. A bike without a session, or with a full one, is tried again after
 * a pause that doubles; its next connection ends the pause.
 */
export function sendingOf(outcome: PublishOutcome | undefined, attempts: number): Sending {
  if (outcome === 'stored') return { sent: true }
  return { sent: false, retryInMs: Math.min(firstPauseMs * 2 ** attempts, longestPauseMs) }
}
