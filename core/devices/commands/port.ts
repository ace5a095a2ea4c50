// What commands need of the database: those who request and read them, and the worker that brings them to bikes.
import type { CommandAction } from './action.ts'
import type { CommandState } from './life-cycle.ts'

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

/** What the database knows of a bike's commands when another one is requested. */
export interface BikeCommands {
  /** Of the same requester with the same key. */
  readonly former: CommandRecord | undefined
  readonly unfinished: number
  /** The database's clock: one for all who compare the times of a command. */
  readonly nowMs: number
}

export interface RequestPlan {
  readonly outcome: RequestOutcome
  /** The bytes for the bike, of a new command: the store adds it. Absent where nothing is added. */
  readonly payload?: Uint8Array
}

export interface CommandStore extends CommandReader {
  /**
   * Adds what `plan` makes of what is known, in one transaction, and returns its outcome. Requests for one bike wait for each
   * other, so the order of its commands is the order in which they become visible.
   */
  add(request: NewCommand, plan: (known: BikeCommands) => RequestPlan): Promise<RequestOutcome>
}

/** A command as the worker finds it. */
export interface KnownCommand {
  readonly commandId: string
  readonly bikeId: string
  readonly state: CommandState
  readonly payload: Uint8Array
  /** How often publishing it was tried before. */
  readonly attempts: number
  readonly expiresInMs: number
}

/** Which commands to lock. */
export type CommandSelection =
  /** Of these ids, as far as they exist. Waits for others that change them. */
  | { readonly kind: 'named'; readonly commandIds: readonly string[] }
  /**
   * The oldest queued command of each bike, where it is due: at most `limit`, without those that another process has
   * locked. So commands of one bike are published one after the other, in order.
   */
  | { readonly kind: 'due'; readonly limit: number }
  /**
   * At most `limit` commands in one of these states that expired so long ago, without those that another process has
   * locked: `{ queued: 0, sent: 5_000 }`.
   */
  | {
      readonly kind: 'elapsed'
      readonly limit: number
      readonly expiredForMs: Readonly<Partial<Record<CommandState, number>>>
    }

export interface HistoryLine {
  readonly commandId: string
  readonly state: CommandState
  readonly detail: string
  /** Left out where the history has the same line already. */
  readonly once: boolean
}

/** What to write; the times are the database's. */
export interface CommandChanges {
  /** The new state of each command that moves. */
  readonly states: ReadonlyMap<string, CommandState>
  readonly lines: readonly HistoryLine[]
  /** Commands that stay queued, with one more attempt, and are due again after a pause. */
  readonly retries: readonly { readonly commandId: string; readonly retryInMs: number }[]
}

export interface CommandOutbox {
  /**
   * Locks the selected commands, hands them to `plan` and writes the changes that it resolves with, all in one
   * transaction. A crash or a rejection of `plan` changes nothing.
   */
  change<Plan extends CommandChanges>(
    selection: CommandSelection,
    plan: (known: readonly KnownCommand[]) => Plan | Promise<Plan>,
  ): Promise<Plan>
  /** Makes the queued commands of these bikes due at once. */
  retryNow(bikeIds: readonly string[]): Promise<void>
}
