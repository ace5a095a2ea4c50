// Commands and their history, as the API tells them.
import { z } from 'zod'
import { commandKinds } from '../../devices/commands/action.ts'
import { commandStates } from '../../devices/commands/life-cycle.ts'
import type { CommandRecord, CommandWithHistory, HistoryEntry } from '../../devices/commands/port.ts'
import type { Problem } from '../problem.ts'
import { iso, list, time, uuid } from '../request.ts'

const state = z.enum(commandStates)
const historyEntry = z.object({ state, at: time, detail: z.string().optional() })

export const command = z
  .object({
    commandId: uuid,
    bikeId: uuid,
    kind: z.enum(commandKinds),
    requestedBy: z.enum(['rider', 'service', 'platform']).describe('In which role, not who.'),
    createdAt: time,
    expiresAt: time,
    state,
    changedAt: time,
    history: list(historyEntry).optional().describe('Of a command that is read alone.'),
  })
  .meta({
    id: 'Command',
    description: 'The parameters of its kind stand beside these, such as `on`.',
    additionalProperties: true,
  })

/** `{commandId, bikeId, kind: 'light', on: true, requestedBy: 'rider', createdAt, expiresAt, state: 'queued', changedAt}` */
export function commandAnswer(command: CommandRecord | CommandWithHistory) {
  return {
    commandId: command.commandId,
    bikeId: command.bikeId,
    ...command.action,
    requestedBy: roleOf(command.requestedBy),
    createdAt: iso(command.createdAtMs),
    expiresAt: iso(command.expiresAtMs),
    state: command.state,
    changedAt: iso(command.changedAtMs),
    ...('history' in command && { history: command.history.map(historyAnswer) }),
  }
}

function roleOf(requestedBy: string) {
  return requestedBy.split(':')[0] as 'rider' | 'service' | 'platform'
}

export function historyAnswer({ state, atMs, detail }: HistoryEntry) {
  return { state, at: iso(atMs), ...(detail !== '' && { detail }) }
}

export const contested: Problem<'contested'> = {
  reason: 'contested',
  detail: 'nobody commands the bike until it is decided whose it is',
}
