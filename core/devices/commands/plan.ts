// Decides what events do to commands: which move on, what their history says, and what is left aside.
import { type CommandEvent, type CommandState, type IgnoredReason, transition } from './life-cycle.ts'

export interface KnownCommand {
  readonly commandId: string
  readonly bikeId: string
  readonly state: CommandState
}

export interface Happening {
  readonly commandId: string
  readonly event: CommandEvent
  /** For people. */
  readonly detail: string
  /** Whose word it is; absent for our own. */
  readonly bikeId?: string
}

/** A line of a command's history; a note repeats the state and is written once. */
export interface HistoryLine {
  readonly commandId: string
  readonly state: CommandState
  readonly detail: string
  readonly note: boolean
}

export type ReportOutcome = 'moved' | 'noted' | 'unknown' | IgnoredReason

export interface CommandPlan {
  /** The new state of each command that moves. */
  readonly states: ReadonlyMap<string, CommandState>
  readonly lines: readonly HistoryLine[]
  /** One for each happening, in order. */
  readonly outcomes: readonly ReportOutcome[]
}

/** A command that is not known, or not that bike's, is `unknown`. */
export function planChanges(known: readonly KnownCommand[], happenings: readonly Happening[]): CommandPlan {
  const commands = new Map(known.map((command) => [command.commandId, command]))
  const states = new Map<string, CommandState>()
  const lines: HistoryLine[] = []
  const outcomes = happenings.map(({ commandId, event, detail, bikeId }): ReportOutcome => {
    const command = commands.get(commandId)
    if (command === undefined || (bikeId !== undefined && bikeId !== command.bikeId)) return 'unknown'
    const state = states.get(commandId) ?? command.state
    const step = transition(state, event)
    if (step.effect === 'ignored') return step.reason
    if (step.effect === 'noted') {
      const note = { commandId, state, detail: `reported afterwards: ${step.reported}`, note: true }
      if (lines.some((line) => line.commandId === commandId && line.detail === note.detail)) return 'repeated'
      lines.push(note)
      return 'noted'
    }
    states.set(commandId, step.state)
    lines.push({ commandId, state: step.state, detail, note: false })
    return 'moved'
  })
  return { states, lines, outcomes }
}
