// Kafka as the workers need it. Only this folder knows the client library.

/** A record as read. `offset` is the record's position in its partition. */
export interface KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestampMs: number
}

/** A record to write. The partition follows from the key. */
export interface OutgoingRecord {
  readonly topic: string
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Ends the key in a compacted topic. */
export interface Tombstone extends Omit<OutgoingRecord, 'value'> {
  readonly value: null
}

export interface RecordProducer {
  /** Resolves when all records are acknowledged by all in-sync replicas, rejects when one is not. */
  send(records: readonly OutgoingRecord[]): Promise<void>
  close(): Promise<void>
}

/** Of the writers of one name only the one that was opened last can write. */
export interface FencedWriter {
  /**
   * Resolves when readers of committed records see all of them, in this order for each key. After a rejection it is
   * unknown whether they do, and the writer is of no use any more; opening another one decides it.
   */
  write(records: readonly (OutgoingRecord | Tombstone)[]): Promise<void>
  close(): Promise<void>
}

export interface BatchLimits {
  /** A batch is handed over when one of these is reached, or at once when no more records are at hand. */
  readonly maxRecords: number
  readonly maxBytes: number
}

export interface PartitionLag {
  readonly partition: number
  /** Offsets between the committed one and the end of the partition, undecided transactions included. */
  readonly lag: bigint
  /** Since the oldest record that is at hand and not committed was written; 0 without lag, undefined while none is at hand. */
  readonly ageSeconds: number | undefined
}

export interface BatchConsumer {
  /**
   * Hands over batches one after the other until `signal` aborts, then resolves. Offsets are committed after `handle`
   * has resolved. A rejection of `handle` means broken infrastructure: the same batch is handed over again after a
   * growing pause. Kafka's absence is waited out. A handed-over batch may contain records that were handled before, but
   * none of an aborted transaction, nor of one that is still open.
   */
  run(
    handle: (batch: readonly KafkaRecord[], signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
  /** Lag of the partitions assigned to this consumer, for the metrics. */
  lag(): Promise<readonly PartitionLag[]>
  /** Records fetched and not yet committed. */
  inFlight(): number
  /** Why the consumer is not consuming at the moment; undefined when all is well. For readiness. */
  trouble(): string | undefined
  close(): Promise<void>
}

/** Like BatchConsumer, but what `handle` returns is written in one transaction with the batch's offsets. */
export interface TransactionalConsumer extends Omit<BatchConsumer, 'run'> {
  run(
    handle: (batch: readonly KafkaRecord[], signal: AbortSignal) => Promise<TransactionPlan>,
    signal: AbortSignal,
  ): Promise<void>
}

export interface TransactionPlan {
  readonly records: readonly (OutgoingRecord | Tombstone)[]
  /**
   * Asked when all is written, last of all before the commit. If it does not say yes, the transaction is aborted and the
   * batch handed over again.
   */
  readonly stillHolds?: () => Promise<boolean>
  /** From that question to Kafka's answer to the commit. Without an answer in time, the commit is not tried again. */
  readonly commitWithinMs?: number
  /** Told how long that took. */
  readonly onCommit?: (seconds: number) => void
}

/** A right of a user of Kafka. A user who may read or write a topic may describe it, too. */
export interface Access {
  readonly resource: 'topic' | 'group' | 'transactional id'
  readonly name: string
  /** Whether all names that begin with `name` count. */
  readonly prefix?: boolean
  readonly operation: 'read' | 'write' | 'describe'
}

export interface KafkaUser {
  readonly name: string
  readonly password: string
  readonly may: readonly Access[]
}
