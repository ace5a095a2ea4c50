// All records of a topic up to its present end, without a group: for commands, demonstrations and tests.
import { ConnectionPool, Consumer, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import { clientOptions, type KafkaCluster } from './client.ts'
import { fetchRecords, type Isolation } from './fetch.ts'
import type { KafkaRecord } from './port.ts'
import { visibleRecords } from './visible-records.ts'

export interface ReadTopicOptions extends KafkaCluster {
  readonly topic: string
  /** Which records of transactions are seen; `committed` ends before the first undecided one. Default: `committed`. */
  readonly isolation?: Isolation
  /** Waits for undecided transactions instead of ending before them; Kafka ends each within its timeout. */
  readonly awaitUndecided?: boolean
}

const fetchBytes = 4 * 1024 * 1024
const maxWaitMs = 500
/** Longer than Kafka leaves any of our transactions undecided, or a partition without a leader. */
const stallBoundMs = 120_000

/** Partition by partition, in the order of the offsets. Throws when a partition's end does not come nearer for two minutes. */
export async function* readTopic(options: ReadTopicOptions): AsyncGenerator<KafkaRecord> {
  const { brokers, security, topic, isolation = 'committed', awaitUndecided = false } = options
  const isolationLevel =
    isolation === 'committed' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED
  const client = clientOptions({ brokers, security, name: 'reader' })
  const consumer = new Consumer({ ...client, groupId: 'reader' })
  const pool = new ConnectionPool('reader-fetch', client)
  try {
    consumer.topics.track(topic)
    const topics = [topic]
    const starts =
      (await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.EARLIEST })).get(topic) ?? []
    const endLevel = awaitUndecided ? FetchIsolationLevels.READ_UNCOMMITTED : isolationLevel
    const latest = { topics, timestamp: ListOffsetTimestamps.LATEST, isolationLevel: endLevel }
    const ends = (await consumer.listOffsets(latest)).get(topic) ?? []
    const { topics: metadata } = await consumer.metadata({ topics })
    const described = metadata.get(topic)
    for (const [partition, end] of ends.entries()) {
      let position = starts[partition] ?? 0n
      let movedAtMs = performance.now()
      while (position < end) {
        if (performance.now() - movedAtMs > stallBoundMs)
          throw new Error(`partition ${partition} of ${topic} cannot be read beyond offset ${position}`)
        const [fetchedTopic] = await fetchRecords({
          consumer,
          pool,
          node: described?.partitions[partition]?.leader ?? -1,
          topics: [
            {
              topicId: described?.id ?? '',
              partitions: [{ partition, offset: position, maxBytes: fetchBytes }],
            },
          ],
          isolation,
          maxBytes: fetchBytes,
          maxWaitMs,
        })
        const fetched = fetchedTopic?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
        if (fetched === undefined) continue
        const { records, nextOffset } = visibleRecords(topic, fetched, position)
        for (const record of records) if (record.offset < end) yield record
        if (nextOffset > position) movedAtMs = performance.now()
        position = nextOffset
      }
    }
  } finally {
    await pool.close()
    await consumer.close(true)
  }
}
