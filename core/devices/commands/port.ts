// Commands in the database: for those who request and read them, and for the worker that brings them to bikes.
import type { ConnectableDevice } from '../presence/port.ts'
import type { BikeSettings } from '../settings/port.ts'
import type { CommandAction } from './action.ts'
import type { CommandState } from './life-cycle.ts'

export interface NewCommand {
  readonly bikeId: string
  /** `rider:{id}`, `service:{id}` for staff, or `platform:{worker}`. */
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

/**
 * Unfinished commands of one bike. A caller has a number of its own, so that nobody is refused for what another one queued. A
 * bike has one owner, and its module can keep 400 in mind; many of staff together have a bound below that.
 */
export const maxUnfinished = { rider: 50, staff: 10, platform: 10, staffTogether: 200 } as const

/** The broker keeps a command at most so long for a bike that leaves before it has it. */
export const brokerKeepsMs = 30_000
/** A bike that has not acknowledged a command so long gets it once more: before the broker may have dropped it. */
export const resendAfterMs = 25_000

export type RequestOutcome =
  | { readonly outcome: 'queued' | 'repeated'; readonly command: CommandRecord }
  /** The key belongs to a command with other content. */
  | { readonly outcome: 'key_reused' }
  /** The caller has as many unfinished commands to the bike as `limit` allows, or staff together have. */
  | { readonly outcome: 'too_many'; readonly limit: 'own' | 'staff_together' }
  /** A rider asks who does not own the bike, as when it was sold this moment. */
  | { readonly outcome: 'not_owner' }
  /** It is disputed whose the bike is. */
  | { readonly outcome: 'contested' }

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

/** The commands of a bike, as the database knows them when another one is requested. */
export interface BikeCommands {
  /** Of the same requester with the same key. */
  readonly former: CommandRecord | undefined
  /** Unfinished commands by who requested them: `{ 'rider:anna': 3, 'platform:gaps': 1 }`. */
  readonly unfinished: ReadonlyMap<string, number>
  /** Undefined where nobody owns the bike now. */
  readonly ownerId: string | undefined
  readonly isContested: boolean
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
  /** The Command, unsigned. */
  readonly payload: Uint8Array
  /** How often publishing it was tried before. */
  readonly attempts: number
  readonly expiresInMs: number
  /** The platform ended it, not the bike. */
  readonly endedByPlatform: boolean
  /** Modules of the bike in service. */
  readonly deviceIds: readonly string[]
  /** Each of them was enrolled as one that obeys nothing but the signed form. */
  readonly isVerified: boolean
  /** One of them is connected, as far as presence knows. */
  readonly isConnected: boolean
  readonly isContested: boolean
}

/** Which commands to lock. */
export type CommandSelection =
  /** Of these ids, as far as they exist. Waits for others that change them. */
  | { readonly kind: 'named'; readonly commandIds: readonly string[] }
  /**
   * The oldest command of each bike that is queued, or sent and due once more: at most `limit`, without those that another
   * process has locked. So commands of one bike are published one after the other, in order.
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

/** Changes to write; the times are the database's. */
export interface CommandChanges {
  /** The new state of each command that moves. */
  readonly states: ReadonlyMap<string, CommandState>
  readonly lines: readonly HistoryLine[]
  /** Commands that stay as they are, with one more attempt, and are due again after a pause. */
  readonly retries: readonly { readonly commandId: string; readonly retryInMs: number }[]
  /** Those of `retries` that the broker has got. */
  readonly handedOver: readonly string[]
  /** Those of `states` that end because the platform says so. */
  readonly endedByPlatform: readonly string[]
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
  /**
   * Makes the queued commands of these bikes due at once, sent ones as soon as the broker may have dropped them, and settings that the
   * bike has yet to take.
   */
  retryNow(bikeIds: readonly string[]): Promise<void>
}

/** A bike whose settings are to be handed over, as the database knows it. */
export interface DueSettings {
  readonly settings: BikeSettings
  readonly isConnected: boolean
  /** An unfinished command has this version. */
  readonly isUnderWay: boolean
  readonly commands: BikeCommands
}

export interface SettingsCommand {
  readonly command: NewCommand
  readonly plan: RequestPlan
}

export interface SettingsOutbox {
  /** Bikes whose newest settings are to be handed over, at most `limit`. */
  due(limit: number): Promise<readonly string[]>
  /** Adds the command that `plan` makes, if any, in one transaction; the bike is not due any more. */
  handOver(bikeId: string, plan: (due: DueSettings) => SettingsCommand | undefined): Promise<void>
}

/** The platform ended a bike's commands, since its owner changed or a case was opened; some may still reach the bike. */
export interface CommandPurge {
  readonly purgeId: string
  readonly bikeId: string
  /** Modules of the bike in service. */
  readonly modules: readonly ConnectableDevice[]
  /** Presence knows a connection of one of them that is older than the end of the commands. */
  readonly isConnectedSince: boolean
  readonly endedAtMs: number
  readonly endedAgoMs: number
  /** Ended commands whose time has not passed: no other can do harm. */
  readonly unexpired: number
  /** Since the broker got one of those last; negative where it may keep one longer. Undefined where it got none. */
  readonly handedOverAgoMs: number | undefined
}

export interface PurgeStore {
  /** At most `limit`, oldest first. */
  waiting(limit: number): Promise<readonly CommandPurge[]>
  /** None of the ended commands can reach these bikes any more: new owners among them are published. */
  settled(purgeIds: readonly string[]): Promise<void>
  /** How long the oldest one has waited; 0 where none waits. */
  oldestMs(): Promise<number>
}
