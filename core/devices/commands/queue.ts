// Queues commands for bikes: the same request is the same command, and a bike has a bounded number of them.
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
export function planRequest(command: NewCommand, { former, unfinished, nowMs }: BikeCommands): RequestPlan {
  const { bikeId, requestedBy, action, ttlS } = command
  if (former !== undefined) {
    const isSame =
      isSameAction(former.action, action) && former.expiresAtMs - former.createdAtMs === ttlS * 1_000
    return { outcome: isSame ? { outcome: 'repeated', command: former } : { outcome: 'key_reused' } }
  }
  if (unfinished >= maxUnfinished) return { outcome: { outcome: 'too_many' } }
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

/** Actions have plain values only; the database gives them back in another order. */
function isSameAction(a: CommandAction, b: CommandAction): boolean {
  const [ofA, ofB] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...ofA.keys(), ...ofB.keys()].every((key) => ofA.get(key) === ofB.get(key))
}
