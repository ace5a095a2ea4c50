// Where a member of a group goes on: at the committed offset, or at the earliest record there is.
import { Admin, type Consumer, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { clientOptions, type KafkaAddress } from './client.ts'

interface AssignedPartition {
  readonly topic: string
  readonly partition: number
}

export interface StartOffset extends AssignedPartition {
  readonly offset: bigint
}

export interface StartOffsetsOptions extends KafkaAddress {
  readonly consumer: Consumer
  readonly group: string
  readonly assigned: readonly AssignedPartition[]
  readonly log: Logger
}

export async function startOffsets(options: StartOffsetsOptions): Promise<StartOffset[]> {
  const { consumer, assigned, log } = options
  if (assigned.length === 0) return []
  const topics = [...new Set(assigned.map(({ topic }) => topic))]
  const committed = await committedOffsets(options)
  const earliest = await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.EARLIEST })
  const end = await endOffsets(consumer, topics)
  return assigned.map(({ topic, partition }) => {
    const first = earliest.get(topic)?.[partition] ?? 0n
    const last = end.get(topic)?.[partition] ?? first
    const offset = committed.get(`${topic}:${partition}`) ?? first
    if (offset >= first && offset <= last) return { topic, partition, offset }
    log.error(
      { topic, partition, committed: offset, first, last },
      'records are gone from Kafka; going on at the first',
    )
    return { topic, partition, offset: first }
  })
}

/** The ends of the partitions by topic, behind what is still undecided: a transaction that hangs shows as lag. */
export function endOffsets(consumer: Consumer, topics: readonly string[]) {
  return consumer.listOffsets({
    topics: [...topics],
    timestamp: ListOffsetTimestamps.LATEST,
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
  })
}

/** By `topic:partition`. Waits for transactions that are still deciding an offset. */
async function committedOffsets(
  options: Pick<StartOffsetsOptions, 'brokers' | 'name' | 'group' | 'assigned'>,
): Promise<Map<string, bigint>> {
  const { group, assigned } = options
  const partitionIndexes = Map.groupBy(assigned, ({ topic }) => topic)
  const topics = [...partitionIndexes].map(([name, list]) => ({
    name,
    partitionIndexes: list.map(({ partition }) => partition),
  }))
  const admin = new Admin({ ...clientOptions(options), retries: 20 })
  try {
    const [found] = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: group, topics }],
      requireStable: true,
    })
    const offsets = (found?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(
          ({ partitionIndex, committedOffset }) => [`${name}:${partitionIndex}`, committedOffset] as const,
        ),
    )
    return new Map(offsets)
  } finally {
    await admin.close()
  }
}
