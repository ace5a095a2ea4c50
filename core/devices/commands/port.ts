// What commands need of the database: those who request and read them, and the worker that brings them to bikes.
import type { CommandAction } from './action.ts'
import type { CommandState } from './life-cycle.ts'
import type { CommandReport } from './message.ts'
import type { ReportOutcome } from './plan.ts'

export interface NewCommand {
  readonly bikeId: string
  /** `rider:{id}`, `service:{id}` or `platform:{worker}`. */
  readonly requestedBy: string
  /** The same key of the same requester for the same bike is the same request. */
  readonly idempotencyKey: string
  readonly action: CommandAction
  readonly ttlS: number
}

export interface CommandRecord {
  readonly commandId: string
  readonly bikeId: string
  readonly requestedBy: string
  readonly action: CommandAction
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly state: CommandState
  readonly changedAtMs: number
}

export interface HistoryEntry {
  /** 1, 2, 3, … */
  readonly number: number
  readonly state: CommandState
  readonly atMs: number
  /** For people; empty where the state says it all. */
  readonly detail: string
}

export interface CommandWithHistory extends CommandRecord {
  readonly history: readonly HistoryEntry[]
}

/** Unfinished commands of one bike. */
export const maxUnfinished = 50

export type RequestOutcome =
  | { readonly outcome: 'queued' | 'repeated'; readonly command: CommandRecord }
  /** The key belongs to a command with other content. */
  | { readonly outcome: 'key_reused' }
  /** The bike has `maxUnfinished` already. */
  | { readonly outcome: 'too_many' }

export interface CommandRequests {
  /** Queues a command; the same request again finds the first one and queues nothing. */
  request(command: NewCommand): Promise<RequestOutcome>
}

export interface CommandReader {
  /** Undefined when the bike has no such command. */
  find(bikeId: string, commandId: string): Promise<CommandWithHistory | undefined>
  /** The bike's newest commands, newest first. */
  list(bikeId: string, limit: number): Promise<readonly CommandRecord[]>
}

/** A command to publish. */
export interface QueuedCommand {
  readonly commandId: string
  readonly bikeId: string
  readonly payload: Uint8Array
  readonly expiresInMs: number
  /** How often publishing it was tried before. */
  readonly attempts: number
}

export type Sending = { readonly sent: true } | { readonly sent: false; readonly retryInMs: number }

export interface CommandOutbox {
  /**
   * Hands the oldest queued command of each of at most `limit` bikes to `publish`, keeps them from other dispatchers
   * meanwhile, and records what came of each. So commands of one bike are published one after the other, in order.
   * A crash or a rejection of `publish` leaves them queued. Returns how many there were.
   */
  dispatch(
    limit: number,
    publish: (commands: readonly QueuedCommand[]) => Promise<readonly Sending[]>,
  ): Promise<number>
  /** Applies what bikes reported, in order, and tells what came of each report. */
  report(reports: readonly CommandReport[]): Promise<readonly ReportOutcome[]>
  /**
   * Expires at most `limit` commands whose time has passed, and returns how many. `silenceCounts` says that reports
   * would have arrived by now: otherwise only commands that no bike can have are expired.
   */
  expire(limit: number, silenceCounts: boolean): Promise<number>
  /** Tries the queued commands of these bikes again at once. */
  retryNow(bikeIds: readonly string[]): Promise<void>
}
