// Queues commands for bikes: the same request is the same command, and a caller has a bounded number of them at a bike.
import { uuidText, uuidV7Bytes } from '../../../proto/index.ts'
import type { CommandAction } from './action.ts'
import { encodeCommand } from './message.ts'
import {
  type BikeCommands,
  type CommandRequests,
  type CommandStore,
  maxUnfinished,
  type NewCommand,
  type RequestPlan,
} from './port.ts'

export function createCommandQueue(store: Pick<CommandStore, 'add'>): CommandRequests {
  return { request: (command) => store.add(command, (known) => planRequest(command, known)) }
}

/** Pure but for the new command's id. */
export function planRequest(command: NewCommand, known: BikeCommands): RequestPlan {
  const { bikeId, requestedBy, action, ttlS } = command
  const { former, nowMs } = known
  if (requestedBy.startsWith('rider:') && requestedBy !== `rider:${known.ownerId}`) {
    return { outcome: { outcome: 'not_owner' } }
  }
  if (former !== undefined) {
    const isSame =
      isSameAction(former.action, action) && former.expiresAtMs - former.createdAtMs === ttlS * 1_000
    return { outcome: isSame ? { outcome: 'repeated', command: former } : { outcome: 'key_reused' } }
  }
  if (known.isContested) return { outcome: { outcome: 'contested' } }
  const limit = limitReached(requestedBy, known.unfinished)
  if (limit !== undefined) return { outcome: { outcome: 'too_many', limit } }
  const commandId = uuidText(uuidV7Bytes(nowMs))
  const times = { createdAtMs: nowMs, expiresAtMs: nowMs + ttlS * 1_000 }
  const queued = {
    commandId,
    bikeId,
    requestedBy,
    action,
    ...times,
    state: 'queued',
    changedAtMs: nowMs,
  } as const
  return {
    outcome: { outcome: 'queued', command: queued },
    payload: encodeCommand({ commandId, bikeId, action, ...times }),
  }
}

/** `service:ben` with 10 of his own → `own`; twenty others of staff with 10 each → `staff_together`. */
function limitReached(requestedBy: string, unfinished: BikeCommands['unfinished']) {
  const role = roleOf(requestedBy)
  if ((unfinished.get(requestedBy) ?? 0) >= maxUnfinished[role]) return 'own'
  if (role !== 'staff') return undefined
  const ofStaff = [...unfinished].filter(([caller]) => roleOf(caller) === 'staff')
  const together = ofStaff.reduce((sum, [, count]) => sum + count, 0)
  return together >= maxUnfinished.staffTogether ? 'staff_together' : undefined
}

function roleOf(requestedBy: string): 'rider' | 'staff' | 'platform' {
  if (requestedBy.startsWith('rider:')) return 'rider'
  return requestedBy.startsWith('platform:') ? 'platform' : 'staff'
}

/** Actions have plain values only; the database gives them back in another order. */
function isSameAction(a: CommandAction, b: CommandAction): boolean {
  const [ofA, ofB] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...ofA.keys(), ...ofB.keys()].every((key) => ofA.get(key) === ofB.get(key))
}
