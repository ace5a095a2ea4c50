// The needs of the research copy: who consents now, whom to forget, how far its writers have read, and the store.
import type { CreateAnswer, DocumentBulk, Partition } from '../../engines/elasticsearch/port.ts'
import type { Waiting } from '../../runtime/publication.ts'

/** Every method rejects when the engine cannot be reached, refuses, or answers for a part of the months only. */
export interface ResearchCopyStore {
  /** Creates documents of one month; `undefined` when all were created. One that is there already stays as it is. */
  create(partition: Partition, bulk: DocumentBulk): Promise<readonly CreateAnswer[] | undefined>
  /** Makes the index of the month, unless somebody else has. */
  makePartition(partition: Partition): Promise<void>
  /** Deletes searchable documents of these persons, 10,000 at a time, until a million or the abort. Resolves with how many. */
  deleteAll(persons: readonly string[], signal: AbortSignal): Promise<number>
  /** Makes all that was written searchable, in every month. */
  refresh(): Promise<void>
  /** How many searchable documents these persons have, in all months. */
  count(persons: readonly string[]): Promise<number>
}

/** Asked for each batch, and never kept. */
export interface ConsentGate {
  /** Those of the persons whose consent lasts: their key is there. Rejects when the answer cannot be had. */
  consenting(persons: readonly string[]): Promise<ReadonlySet<string>>
}

/** A person whom the copy forgets. */
export interface PendingWithdrawal {
  readonly person: string
  /** Since the withdrawal, by the clock of the database. */
  readonly ageMs: number
}

/** Written in the transaction that ends the consent. A row stays until the copy has forgotten the person for certain. */
export interface PendingWithdrawals {
  /** The oldest first. */
  waiting(limit: number): Promise<readonly PendingWithdrawal[]>
  /** The copy has forgotten them. */
  forgotten(persons: readonly string[]): Promise<void>
  backlog(): Promise<Waiting>
}

/** An offset for each partition of analytics.tracks. */
export type Offsets = readonly bigint[]

export interface StreamPositions {
  /** The ends of the partitions now, behind what is still undecided. */
  ends(): Promise<Offsets>
  /** Where the copy's writers go on: all before is written or left out for good. */
  passed(): Promise<Offsets>
}
