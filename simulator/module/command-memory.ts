// Which commands a module knows: each is obeyed at most once, however often the broker brings it. Pure.
import type { Action, DeviceCommand, Stage } from './messages.ts'

/** Survives restarts of the module. */
export interface KnownCommand {
  readonly commandId: string
  readonly expiresAtMs: number
  /** How it ended; absent while it is obeyed. */
  readonly end?: { readonly stage: Stage; readonly detail: string }
}

export type Verdict =
  | { readonly what: 'obey'; readonly action: Action }
  /** Nothing is done; the end is told, again or at once. */
  | { readonly what: 'answer'; readonly stage: Stage; readonly detail: string }

/** More than the broker keeps for a sleeping bike. */
export const maxKnown = 400

export function judge(
  command: DeviceCommand,
  known: readonly KnownCommand[],
  { bikeId, nowMs }: { bikeId: string; nowMs: number },
): Verdict {
  const answer = (stage: Stage, detail: string): Verdict => ({ what: 'answer', stage, detail })
  if (command.distrust !== undefined) return answer('rejected', `not believed: ${command.distrust}`)
  if (command.bikeId !== bikeId) return answer('rejected', `for bike ${command.bikeId}`)
  const before = known.find(({ commandId }) => commandId === command.commandId)
  if (before !== undefined) {
    const { stage, detail } = before.end ?? { stage: 'failed', detail: 'interrupted by a restart' }
    return answer(stage, detail)
  }
  if (nowMs >= command.expiresAtMs) return answer('expired', 'it came too late')
  if (command.action === undefined) return answer('rejected', 'this firmware does not know it')
  if (unexpired(known, nowMs).length >= maxKnown) return answer('rejected', 'too many commands at once')
  return { what: 'obey', action: command.action }
}

/** With the command as it stands now. What has expired may be forgotten: if it comes again, it comes too late. */
export function remember(
  known: readonly KnownCommand[],
  command: KnownCommand,
  nowMs: number,
): KnownCommand[] {
  return [...unexpired(known, nowMs).filter(({ commandId }) => commandId !== command.commandId), command]
}

function unexpired(known: readonly KnownCommand[], nowMs: number): KnownCommand[] {
  return known.filter(({ expiresAtMs }) => expiresAtMs > nowMs)
}
