// Where a member goes on in a partition, and how far it is behind the end.
import { type Consumer, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import type { Logger } from 'pino'
import type { AssignedPartition, Coordinator } from './coordinator.ts'
import type { PartitionLag } from './port.ts'

export interface StartOffset extends AssignedPartition {
  readonly offset: bigint
}

interface StartOffsetsOptions {
  /** Knows the brokers; it need not be a member. */
  readonly consumer: Consumer
  readonly coordinator: Pick<Coordinator, 'committed'>
  readonly assigned: readonly AssignedPartition[]
  readonly log: Logger
}

export async function startOffsets(options: StartOffsetsOptions): Promise<StartOffset[]> {
  const { consumer, coordinator, assigned, log } = options
  if (assigned.length === 0) return []
  const topics = [...new Set(assigned.map(({ topic }) => topic))]
  const committed = await coordinator.committed(assigned)
  const earliest = await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.EARLIEST })
  const end = await endOffsets(consumer, topics)
  return assigned.map(({ topic, partition }) => {
    const first = earliest.get(topic)?.[partition] ?? 0n
    const last = end.get(topic)?.[partition] ?? first
    const known = committed.get(`${topic}:${partition}`)
    const offset = startOf({ committed: known, first, last })
    if (known !== undefined && offset !== known)
      log.error(
        { topic, partition, committed: known, first, last },
        'records are gone from Kafka; going on at the first',
      )
    return { topic, partition, offset }
  })
}

/**
 * The committed offset, or the first one that there is when none was committed or its record is gone.
 * `{ committed: 7n, first: 5n, last: 9n }` → 7; `{ committed: 3n, first: 5n, last: 9n }` → 5.
 */
export function startOf(at: { committed: bigint | undefined; first: bigint; last: bigint }): bigint {
  const { committed = at.first, first, last } = at
  return committed >= first && committed <= last ? committed : first
}

/** The ends of the partitions by topic, behind what is still undecided: a transaction that hangs shows as lag. */
export function endOffsets(consumer: Consumer, topics: readonly string[]): Promise<Map<string, bigint[]>> {
  return consumer.listOffsets({
    topics: [...topics],
    timestamp: ListOffsetTimestamps.LATEST,
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
  })
}

interface Positions {
  /** By `topic:partition`, as `oldestMs`. */
  readonly committed: ReadonlyMap<string, bigint>
  readonly ends: ReadonlyMap<string, readonly bigint[]>
  /** When the oldest record at hand was written. */
  readonly oldestMs: ReadonlyMap<string, number>
  readonly nowMs: number
}

/** `{ committed: {'t:0': 4n}, ends: {t: [9n]}, oldestMs: {'t:0': 1_000}, nowMs: 3_000 }` → lag 5, age 2 s. */
export function lagOf({ committed, ends, oldestMs, nowMs }: Positions): PartitionLag[] {
  return [...committed].map(([key, offset]) => {
    const colon = key.lastIndexOf(':')
    const partition = Number(key.slice(colon + 1))
    const end = ends.get(key.slice(0, colon))?.[partition] ?? offset
    if (end <= offset) return { partition, lag: 0n, ageSeconds: 0 }
    const sinceMs = oldestMs.get(key)
    const ageSeconds = sinceMs === undefined ? undefined : Math.max(0, nowMs - sinceMs) / 1_000
    return { partition, lag: end - offset, ageSeconds }
  })
}
