// Decides whether a bike is handed its newest settings now. Pure but for the command's id.
import type { DueSettings, SettingsCommand } from './port.ts'
import { planRequest } from './queue.ts'

/** Until then a connected bike has answered; one that left before is handed them when it comes back. */
const ttlS = 300

/**
 * Undefined where the bike sleeps, has them, is being handed them, or is disputed: its next connection asks again.
 *
 * `{settings: {version: 3, desired: {values: {assistLevel: 2}}}, isConnected: true}` → a command `settings` of version 3 that
 * `platform:settings` requests.
 */
export function planSettings(bikeId: string, due: DueSettings): SettingsCommand | undefined {
  const { settings, isConnected, isUnderWay, commands } = due
  const { version, desired } = settings
  if (desired === undefined || !isConnected || isUnderWay) return undefined
  const command = {
    ...{ bikeId, requestedBy: 'platform:settings', ttlS },
    idempotencyKey: `${version}/${commands.nowMs}`,
    action: { kind: 'settings', version, ...desired.values },
  } as const
  return { command, plan: planRequest(command, commands) }
}
