// Fetches the assigned partitions into the buffer: one loop a broker, each with one request at a time.
import type { ConnectionPool, Consumer } from '@platformatic/kafka'
import { fetchRecords } from './fetch.ts'
import type { StartOffset } from './offsets.ts'
import type { RecordBuffer } from './record-buffer.ts'
import { visibleRecords } from './visible-records.ts'

export interface FetchingOptions {
  /** Knows the brokers; it need not be a member. */
  readonly consumer: Pick<Consumer, 'metadata' | 'topics'>
  readonly pool: ConnectionPool
  /** Told of every fetch; tells of room. */
  readonly buffer: RecordBuffer
  readonly starts: readonly StartOffset[]
  /** Of one fetch, and of the buffer beyond which no further fetch starts. */
  readonly maxBytes: number
  /** Told once a loop has ended so; the others go on until they are stopped. */
  fail(error: unknown): void
  readonly fetch?: typeof fetchRecords
}

// How long the broker holds a fetch when there is nothing new; also how long stopping may take.
const maxWaitMs = 400
const maxPartitionBytes = 1024 * 1024

/** Resolves with the function that stops the loops and resolves when the last one has ended. */
export async function startFetching(options: FetchingOptions): Promise<() => Promise<void>> {
  const { consumer, starts, buffer, fail } = options
  const topics = [...new Set(starts.map(({ topic }) => topic))]
  const metadata = await consumer.metadata({ topics })
  const state = { stopped: false }
  const byLeader = Map.groupBy(starts, ({ topic, partition }) => {
    const leader = metadata.topics.get(topic)?.partitions[partition]?.leader
    if (leader === undefined || leader < 0)
      throw new Error(`partition ${partition} of ${topic} has no leader`)
    return leader
  })
  const topicIds = new Map(topics.map((topic) => [metadata.topics.get(topic)?.id ?? '', topic]))
  const loops = [...byLeader].map(([node, partitions]) =>
    fetchFrom({ ...options, node, positions: positionsOf(partitions), topicIds, state }).catch((error) => {
      if (!state.stopped) fail(error)
    }),
  )
  return async () => {
    state.stopped = true
    buffer.notify()
    await Promise.all(loops)
  }
}

interface LoopOptions extends FetchingOptions {
  readonly node: number
  /** Next offset by topic and partition. */
  readonly positions: Map<string, Map<number, bigint>>
  readonly topicIds: ReadonlyMap<string, string>
  readonly state: { readonly stopped: boolean }
}

async function fetchFrom(options: LoopOptions): Promise<void> {
  const { consumer, pool, buffer, maxBytes, node, positions, topicIds, state, fetch = fetchRecords } = options
  while (!state.stopped) {
    if (buffer.bytes() >= maxBytes) {
      await buffer.changed()
      continue
    }
    const fetchedTopics = await fetch({
      consumer,
      pool,
      node,
      topics: requestOf(positions, topicIds),
      isolation: 'committed',
      maxBytes,
      maxWaitMs,
    })
    if (state.stopped) return
    for (const { topicId, partitions } of fetchedTopics) {
      const topic = topicIds.get(topicId)
      const offsets = topic === undefined ? undefined : positions.get(topic)
      if (topic === undefined || offsets === undefined) continue
      for (const fetched of partitions) {
        const position = offsets.get(fetched.partitionIndex)
        if (position === undefined) continue
        const { records, nextOffset } = visibleRecords(topic, fetched, position)
        if (nextOffset === position) continue
        offsets.set(fetched.partitionIndex, nextOffset)
        buffer.push({ topic, partition: fetched.partitionIndex, records, nextOffset })
      }
    }
    buffer.notify()
  }
}

function positionsOf(starts: readonly StartOffset[]): Map<string, Map<number, bigint>> {
  const byTopic = Map.groupBy(starts, ({ topic }) => topic)
  return new Map(
    [...byTopic].map(([topic, list]) => [
      topic,
      new Map(list.map(({ partition, offset }) => [partition, offset])),
    ]),
  )
}

function requestOf(positions: LoopOptions['positions'], topicIds: LoopOptions['topicIds']) {
  return [...topicIds]
    .filter(([, topic]) => positions.has(topic))
    .map(([topicId, topic]) => ({
      topicId,
      partitions: [...(positions.get(topic) ?? [])].map(([partition, offset]) => ({
        partition,
        offset,
        maxBytes: maxPartitionBytes,
      })),
    }))
}
