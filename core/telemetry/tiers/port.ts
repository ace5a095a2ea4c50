// What the service needs of Elasticsearch to keep old months cheap and safe.

/** Of nodes, the dear and fast ones first. A cluster of nodes that are everything has one place for all three. */
export type Tier = 'hot' | 'warm' | 'cold'

/** An index of a partition, without its replicas. */
export interface StoredIndex {
  readonly name: string
  /** First millisecond after its month. */
  readonly endMs: number
  /** The one that it asks for; the engine brings it there in its own time. */
  readonly tier: Tier
  /** How many documents each segment has. */
  readonly segments: readonly number[]
  /** Another number after each write, and only then. */
  readonly writes: number
}

export interface Snapshot {
  readonly name: string
  readonly startedAtMs: number
  readonly state: 'under way' | 'whole' | 'broken'
}

/** Every method rejects when the engine cannot be reached or refuses. None holds up a write. */
export interface TierStore {
  readIndices(): Promise<readonly StoredIndex[]>
  /** Resolves when each shard of the index is one segment; what is written meanwhile comes beside it. */
  merge(index: string, signal: AbortSignal): Promise<void>
  move(index: string, tier: Tier): Promise<void>
  /** Of this installation, oldest first. Rejects when no node reaches the repository, or it is not registered. */
  readSnapshots(repository: string): Promise<readonly Snapshot[]>
  /** Of all partitions as they are now; resolves when it has begun. */
  beginSnapshot(repository: string, nowMs: number): Promise<void>
  removeSnapshot(repository: string, name: string): Promise<void>
}
