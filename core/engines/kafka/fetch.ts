// One fetch of committed or all records, as the broker answers it. The client's own fetch drops committed records: for each
// producer it leaves out all that lies between the first offset of an aborted transaction and the last abort marker in
// the response, which may be that of a later transaction that wrote nothing here. What may be seen, visible-records.ts tells.
import { type ConnectionPool, type Consumer, FetchIsolationLevels, fetchV17 } from '@platformatic/kafka'

export type Isolation = 'committed' | 'uncommitted'

export interface FetchOptions {
  /** Knows the brokers. */
  readonly consumer: Pick<Consumer, 'metadata' | 'topics'>
  readonly pool: ConnectionPool
  /** The broker to ask, which must lead all the partitions. */
  readonly node: number
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly FetchPosition[] }[]
  readonly isolation: Isolation
  readonly maxBytes: number
  /** How long the broker holds the fetch when there is nothing new. */
  readonly maxWaitMs: number
}

interface FetchPosition {
  readonly partition: number
  readonly offset: bigint
  readonly maxBytes: number
}

export type FetchedTopic = fetchV17.FetchResponseTopic

const isolationLevels = {
  committed: FetchIsolationLevels.READ_COMMITTED,
  uncommitted: FetchIsolationLevels.READ_UNCOMMITTED,
} as const
// Of a fetch that stands for itself.
const noSession = { id: 0, epoch: -1 }

/** Version 17 of the request, known since Kafka 3.9. Rejects without the broker, and when it refuses one of the partitions. */
export async function fetchRecords(options: FetchOptions): Promise<FetchedTopic[]> {
  const { consumer, pool, node, topics, isolation, maxBytes, maxWaitMs } = options
  const { brokers } = await consumer.metadata({ topics: consumer.topics.current })
  const broker = brokers.get(node)
  if (broker === undefined) throw new Error(`broker ${node} is not known`)
  const { responses } = await fetchV17.api.async(
    await pool.get(broker),
    maxWaitMs,
    1,
    maxBytes,
    isolationLevels[isolation],
    noSession.id,
    noSession.epoch,
    topics.map(({ topicId, partitions }) => ({ topicId, partitions: partitions.map(requestOf) })),
    [],
    '',
  )
  return responses
}

function requestOf({ partition, offset, maxBytes }: FetchPosition): fetchV17.FetchRequestPartition {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
  return { partition, fetchOffset: offset, partitionMaxBytes: maxBytes, ...epochs }
}
