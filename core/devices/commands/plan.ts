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
import {
  type CommandChanges,
  type CommandSelection,
  type HistoryLine,
  type KnownCommand,
  resendAfterMs,
} from './port.ts'

type Known = Pick<KnownCommand, 'commandId' | 'bikeId' | 'state'>
type Reported = Known & Partial<Pick<KnownCommand, 'endedByPlatform'>>

const nothing: CommandChanges = {
  states: new Map(),
  lines: [],
  retries: [],
  handedOver: [],
  endedByPlatform: [],
}

/** Of a report: the command moved, or only its history grew, or why nothing changed. */
export type ReportOutcome = 'moved' | 'noted' | 'unknown' | IgnoredReason

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
export function planReports(known: readonly Reported[], reports: readonly CommandReport[]): ReportPlan {
  const commands = new Map(known.map((command) => [command.commandId, command]))
  const states = new Map<string, CommandState>()
  const lines: HistoryLine[] = []
  const outcomes = reports.map(({ commandId, bikeId, stage, detail }): ReportOutcome => {
    const command = commands.get(commandId)
    if (command?.bikeId !== bikeId) return 'unknown'
    const state = states.get(commandId) ?? command.state
    const step = transition(state, { type: 'reported', stage }, command.endedByPlatform)
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
  return { ...nothing, states, lines, outcomes }
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
/** Of a bike that sleeps: its connection ends the pause, so a short one is needed only for a connection that went unnoticed. */
const longestSleepMs = 600_000

/** A command that is due is handed over, waits for its bike, or ends. */
export type Disposal = 'hand_over' | 'wait' | 'end'

/** Nothing is handed to the broker for a bike that sleeps: who knows whose it is when it wakes. */
export function disposalOf({
  isConnected,
  isContested,
}: Pick<KnownCommand, 'isConnected' | 'isContested'>): Disposal {
  if (isContested) return 'end'
  return isConnected ? 'hand_over' : 'wait'
}

export const contestedDetail = 'it is disputed whose the bike is'

/**
 * Decides about the due commands that are not handed over. Those of a bike that sleeps wait until it connects. Those of a bike that is
 * disputed fail.
 */
export function planOthers(due: readonly KnownCommand[]): CommandChanges {
  const waiting = due.filter((command) => disposalOf(command) === 'wait')
  const ended = moved(
    due.filter((command) => disposalOf(command) === 'end'),
    { type: 'ended' },
    () => contestedDetail,
  )
  return {
    ...ended,
    endedByPlatform: [...ended.states.keys()],
    retries: waiting.map(({ commandId, attempts }) => ({
      commandId,
      retryInMs: pauseMs(attempts, longestSleepMs),
    })),
  }
}

/** History of a command that was handed over: whether the signature protects this bike. */
const detailOfSent = {
  verified: 'signed, and the module of the bike verifies that',
  unverified: 'signed, but a module of the bike obeys without verifying that',
} as const

/**
 * A command is `sent` once the broker has it for the bike. It is sent once more while the bike does not acknowledge it, since the
 * broker keeps it for a short time only. A bike without a session, or with a full one, is tried again after a pause that doubles;
 * its next connection ends the pause. `outcomes` has one for each command, in order.
 *
 * `stored` → state `sent`, again in 25 s; `unroutable` at attempt 3 → stays queued, again in 4,000 ms.
 */
export function planSendings(
  published: readonly (Known & Pick<KnownCommand, 'attempts' | 'isVerified'>)[],
  outcomes: readonly PublishOutcome[],
): CommandChanges {
  const isSent = (_: unknown, index: number) => outcomes[index] === 'stored'
  const handedOver = published.filter(isSent).map(({ commandId }) => commandId)
  const retries = published.map(({ commandId, attempts }, index) => ({
    commandId,
    retryInMs: isSent(undefined, index)
      ? Math.max(resendAfterMs, pauseMs(attempts, longestSleepMs))
      : pauseMs(attempts, longestPauseMs),
  }))
  const detailOf = ({ isVerified }: Pick<KnownCommand, 'isVerified'>) =>
    detailOfSent[isVerified ? 'verified' : 'unverified']
  return { ...moved(published.filter(isSent), { type: 'sent' }, detailOf), retries, handedOver }
}

const pauseMs = (attempts: number, longestMs: number): number =>
  Math.min(firstPauseMs * 2 ** attempts, longestMs)

/** Both, of different commands. */
export function together(a: CommandChanges, b: CommandChanges): CommandChanges {
  return {
    states: new Map([...a.states, ...b.states]),
    lines: [...a.lines, ...b.lines],
    retries: [...a.retries, ...b.retries],
    handedOver: [...a.handedOver, ...b.handedOver],
    endedByPlatform: [...a.endedByPlatform, ...b.endedByPlatform],
  }
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
  return { ...nothing, states: new Map(lines.map(({ commandId, state }) => [commandId, state])), lines }
}
