// What an erasure asks of the stores. Times are Unix milliseconds.
export { erasedName } from '../../../telemetry/contracts/outcomes.ts'

import type { tables } from '../personal-data.ts'
import type { JournalEntry } from './journal.ts'

type TableThat<Erased> = {
  [Table in keyof typeof tables]: (typeof tables)[Table] extends { erased: Erased } ? Table : never
}[keyof typeof tables]

/** Tables from which a rider's rows are deleted. */
export type DeletedTable = TableThat<'deleted'>
/** Tables whose rows stay, with the name of the erasure in the rider's place; an erasure's own row loses its rider when it is done. */
export type UnnamedTable = Exclude<TableThat<'unnamed'>, 'erasures'>

/** What is done, in this order; each may be done again at any time. */
export const steps = [
  /** The rider has a tombstone, and everybody who judges telemetry knows the rider's bikes without the rider. */
  'known',
  /** Normalize has judged all that the platform had accepted by then, */
  'normalized',
  /** search has stored it, */
  'stored',
  /** all who read what is stored have taken it in, */
  'derived',
  /** and it is in the books or the quarantine. */
  'booked',
  /** The documents of Elasticsearch are deleted, */
  'documents',
  /** the rows of PostgreSQL, too, */
  'rows',
  /** and the deleted documents are gone from Elasticsearch's files. */
  'expunged',
  /** Nothing is found again. */
  'counted',
] as const
export type Step = (typeof steps)[number]

/** Ends of topics: of each partition the offset behind its last record. */
type TopicEnds = Readonly<Record<string, readonly string[]>>

export interface Erasure {
  /** UUID: that of the proposal. */
  readonly erasureId: string
  readonly riderId: string
  readonly requestedAtMs: number
  readonly step: Step
  readonly reachedMs: Readonly<Partial<Record<Step, number>>>
  readonly awaited: TopicEnds | undefined
  readonly unblocked: readonly string[]
}

/** Whose samples are looked for: by names, and by bikes and the times in which they were the rider's. */
export interface ErasedSamples {
  readonly riderIds: readonly string[]
  readonly bikes: readonly {
    readonly bikeId: string
    /** [fromMs, toMs), infinite where open. */
    readonly windows: readonly { readonly fromMs: number; readonly toMs: number }[]
  }[]
}

/** One store in a certificate. */
export interface ErasedStore {
  /** `PostgreSQL rides`, `Elasticsearch telemetry`, `Kafka telemetry.raw`, `RabbitMQ telemetry.ride`. */
  readonly store: string
  readonly how: 'deleted' | 'unnamed' | 'follows' | 'ages' | 'stays'
  /** From then on no answer of the platform comes from it; null where `how` is stays. */
  readonly unreachableAtMs: number | null
  /** At the latest; null where nobody can say, and `note` says why. */
  readonly bytesGoneAtMs: number | null
  readonly note: string
}

export interface FinishedErasure {
  readonly erasureId: string
  readonly requestedAtMs: number
  readonly doneAtMs: number
  readonly stores: readonly ErasedStore[]
}

/** An erasure as its rider and whoever has the receipt see it. */
export interface ErasureState {
  readonly erasureId: string
  readonly state: 'waits' | 'goes_on' | 'done'
  readonly requestedAtMs: number
  /** When it begins; null where it has begun. */
  readonly dueAtMs: number | null
  /** Why it could not begin when it was tried last, for people. */
  readonly obstacle: string | null
  /** There when it is done. */
  readonly finished: FinishedErasure | undefined
}

/** What riders ask for themselves. */
export interface RiderErasures {
  /** One that waits or goes on stays as it is. */
  ask(riderId: string, delayMs: number): Promise<ErasureState>
  /** Forgets what has not begun. */
  takeBack(riderId: string): Promise<void>
  ofRider(riderId: string): Promise<ErasureState | undefined>
  find(erasureId: string): Promise<ErasureState | undefined>
  /** Those whose time has come, first those that were not tried for the longest. */
  due(limit: number): Promise<readonly { readonly erasureId: string; readonly riderId: string }[]>
  hindered(erasureId: string, obstacle: string): Promise<void>
}

/** Why an erasure does not begin. */
export type ErasureObstacle = 'held' | 'case_open' | 'other_under_way' | 'asked_by_rider' | 'owns_bikes'

/** Whoever approves an erasure begins it. */
export interface ErasureRequests {
  /**
   * In one transaction: the rider's bikes are the erasure's, consents and the names of research end, grants are revoked. The same
   * erasure again changes nothing. Bikes that the rider owns now have to be released before.
   */
  begin(erasureId: string, riderId: string): Promise<'begun' | ErasureObstacle>
  /** The same without beginning: to be asked before bikes are released. */
  obstacle(erasureId: string, riderId: string): Promise<ErasureObstacle | undefined>
  /** In place of an erasure of who is held: consents, grants and the names of research end, and the erasure waits for the hold's end. */
  restrict(erasureId: string, riderId: string, obstacle: string): Promise<void>
  /** The last one counts: one that ends now ends the hold. False where an erasure of the rider has begun. */
  hold(of: { proposalId: string; riderId: string; untilMs: number }): Promise<boolean>
}

/** Every method rejects when PostgreSQL does not answer. */
export interface ErasureStore {
  /** Oldest first. */
  open(limit: number): Promise<readonly Erasure[]>
  /** Waiting ones, and the age of the oldest. */
  backlog(): Promise<{ readonly items: number; readonly oldestMs: number }>
  /** Goes on to `to` unless another process has gone on from `from` before. */
  reach(erasure: Erasure, to: Step, awaited?: TopicEnds): Promise<void>
  /** From then on normalize refuses what happened before the request. Resolves with what the journal keeps of it. */
  bury(erasure: Erasure): Promise<JournalEntry>
  areBikesKnown(erasure: Erasure): Promise<boolean>
  samplesOf(erasure: Erasure): Promise<ErasedSamples>
  eraseRows(erasure: Erasure): Promise<void>
  /** Rows that still name the rider or are the rider's, by table; those with none are left out. */
  rowsLeft(erasure: Erasure): Promise<Readonly<Record<string, number>>>
  /** Remembered before a block is lifted, and forgotten when it is back. */
  unblock(erasure: Erasure, index: string): Promise<void>
  blocked(erasure: Erasure, index: string): Promise<void>
  finish(erasure: Erasure, stores: readonly ErasedStore[]): Promise<void>
}

/** Outside PostgreSQL: a restore does not take it back. Resolves when the engine has it for certain. */
export interface Journal {
  write(entry: JournalEntry): Promise<void>
}

/** What a restored PostgreSQL is asked and told when the journal is applied to it. */
export interface JournalReplay {
  /** All names of riders that there are, in pages; some more than once. */
  riders(): AsyncIterable<readonly string[]>
  remember(entry: JournalEntry): Promise<void>
  /** False where the erasure is known, or another one of the rider is under way. */
  beginAgain(entry: JournalEntry, riderId: string): Promise<boolean>
  ridersOfPersons(persons: readonly string[]): Promise<readonly string[]>
}

/** Where the block of an index is remembered while it is lifted. */
export interface LiftedBlocks {
  readonly lifted: readonly string[]
  lift(index: string): Promise<void>
  putBack(index: string): Promise<void>
}

/** Documents of samples in all partitions. */
export interface SampleEraser {
  /** Resolves when all are deleted, closed partitions included. */
  erase(samples: ErasedSamples, blocks: LiftedBlocks): Promise<void>
  /** True when no deleted document is in the files of any partition; else it is to be called again later. */
  expunge(): Promise<boolean>
  count(samples: ErasedSamples): Promise<number>
}

/** How far the consumer groups have read. */
export interface GroupProgress {
  ends(topics: readonly string[]): Promise<TopicEnds>
  /** Of these groups those that have read the topics and are before the ends. */
  behind(groups: readonly string[], ends: TopicEnds): Promise<readonly string[]>
}
