// Decides what becomes of commands: which move on, what their history says, and which are published again. Pure.
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import {
  type CommandEvent,
  type CommandState,
  type IgnoredReason,
  silenceMs,
  transition,
} from './life-cycle.ts'
import type { CommandReport } from './message.ts'
import type { CommandChanges, CommandSelection, HistoryLine, KnownCommand } from './port.ts'

type Known = Pick<KnownCommand, 'commandId' | 'bikeId' | 'state'>

/** Of a report: the command moved, or only its history grew, or why nothing changed. */
type ReportOutcome = 'moved' | 'noted' | 'unknown' | IgnoredReason

export interface ReportPlan extends CommandChanges {
  /** One for each report, in order. */
  readonly outcomes: readonly ReportOutcome[]
}

/**
 * Applies reports in their order. A command that is not known, or not of the bike that reports, is `unknown`.
 *
 * `sent` and the reports `acknowledged`, `executed` → states `{ c1: executed }`, a line of history for each of the two,
 * outcomes `[moved, moved]`.
 */
export function planReports(known: readonly Known[], reports: readonly CommandReport[]): ReportPlan {
  const commands = new Map(known.map((command) => [command.commandId, command]))
  const states = new Map<string, CommandState>()
  const lines: HistoryLine[] = []
  const outcomes = reports.map(({ commandId, bikeId, stage, detail }): ReportOutcome => {
    const command = commands.get(commandId)
    if (command?.bikeId !== bikeId) return 'unknown'
    const state = states.get(commandId) ?? command.state
    const step = transition(state, { type: 'reported', stage })
    if (step.effect === 'ignored') return step.reason
    if (step.effect === 'noted') {
      const note = { commandId, state, detail: `reported afterwards: ${step.reported}`, once: true }
      if (lines.some((line) => line.commandId === commandId && line.detail === note.detail)) return 'repeated'
      lines.push(note)
      return 'noted'
    }
    states.set(commandId, step.state)
    lines.push({ commandId, state: step.state, detail, once: false })
    return 'moved'
  })
  return { states, lines, retries: [], outcomes }
}

/**
 * The commands whose time has passed. `silenceCounts` says that reports would have arrived by now: otherwise only commands
 * that no bike can have are selected.
 */
export function elapsedCommands(limit: number, silenceCounts: boolean): CommandSelection {
  const { queued } = silenceMs
  return { kind: 'elapsed', limit, expiredForMs: silenceCounts ? silenceMs : { queued } }
}

const causesOfExpiry: Partial<Record<CommandState, string>> = {
  queued: 'the bike could not be reached in time',
  sent: 'the bike has not answered in time',
  acknowledged: 'the bike has it, and has not reported its end in time',
} satisfies Record<keyof typeof silenceMs, string>

/** A `sent` command → `expired`, with the line _the bike has not answered in time_. */
export function planExpiry(known: readonly Known[]): CommandChanges {
  return moved(known, { type: 'elapsed' }, ({ state }) => causesOfExpiry[state] ?? '')
}

const firstPauseMs = 500
const longestPauseMs = 60_000

/**
 * Only what the broker keeps for the bike is sent. A bike without a session, or with a full one, is tried again after a
 * pause that doubles; its next connection ends the pause. `outcomes` has one for each command, in order.
 *
 * `stored` → state `sent`; `unroutable` at attempt 3 → stays queued, again in 4,000 ms.
 */
export function planSendings(
  published: readonly (Known & Pick<KnownCommand, 'attempts'>)[],
  outcomes: readonly PublishOutcome[],
): CommandChanges {
  const isSent = (_: unknown, index: number) => outcomes[index] === 'stored'
  const retries = published
    .filter((command, index) => !isSent(command, index))
    .map(({ commandId, attempts }) => ({
      commandId,
      retryInMs: Math.min(firstPauseMs * 2 ** attempts, longestPauseMs),
    }))
  return { ...moved(published.filter(isSent), { type: 'sent' }, () => ''), retries }
}

function moved<T extends Known>(
  commands: readonly T[],
  event: CommandEvent,
  detailOf: (command: T) => string,
): CommandChanges {
  const lines = commands.flatMap((command): HistoryLine[] => {
    const step = transition(command.state, event)
    if (step.effect !== 'moved') return []
    return [{ commandId: command.commandId, state: step.state, detail: detailOf(command), once: false }]
  })
  return { states: new Map(lines.map(({ commandId, state }) => [commandId, state])), lines, retries: [] }
}
