// Reads topics with kafkajs, which shares no code with the client that writes them: a fault of that client shows.
// kafkajs only fetches and decodes here. Its own filter of aborted transactions errs where those of two producers
// overlap in a partition (2.2.4), so committed-records.ts decides by the markers in the log.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import Cluster, { type FetchedMessage } from 'kafkajs/src/cluster/index.js'
import type { KafkaCluster } from '../core/engines/kafka/client.ts'
import type { KafkaRecord } from '../core/engines/kafka/port.ts'
import { type CommittedRecords, createCommittedRecords } from './committed-records.ts'

export interface IndependentReadOptions extends KafkaCluster {
  readonly topic: string
  /** Default: a minute. */
  readonly withinMs?: number
}

interface Partition {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  /** Of the partition when reading begins. */
  readonly end: bigint
  readonly committed: CommittedRecords<KafkaRecord>
  position: bigint
}

const uncommitted = 0
const fetchBytes = 4 * 1024 * 1024
const maxWaitMs = 100
/** More is no question of a test or the demo, but of readIndependently. */
const maxCollected = 1_000_000

/**
 * All committed records from a topic's beginning to where it ends now, partition by partition, in the order of the
 * offsets. Waits for transactions that are open now. Throws when the end is not reached in time, and says where it stands.
 */
export async function* readIndependently(options: IndependentReadOptions): AsyncGenerator<KafkaRecord> {
  const { topic, withinMs = 60_000 } = options
  const endMs = performance.now() + withinMs
  const cluster = openCluster(options)
  try {
    await cluster.connect()
    for (const partition of await partitionsOf(cluster, topic)) {
      while (undecidedFrom(partition) < partition.end) {
        if (performance.now() > endMs) throw notInTime(partition, withinMs)
        for (const record of take(partition, await fetchFrom(cluster, partition))) yield record
      }
    }
  } finally {
    await cluster.disconnect()
  }
}

/** All of them at once. Throws when they are more than a million. */
export async function recordsIn(options: IndependentReadOptions): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = []
  for await (const record of readIndependently(options)) {
    if (records.length === maxCollected)
      throw new Error(`${options.topic} has more than ${maxCollected} records`)
    records.push(record)
  }
  return records
}

function openCluster({ brokers, security }: KafkaCluster): Cluster {
  const silent = {
    namespace: () => silent,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    debug: () => undefined,
  }
  return new Cluster({
    logger: silent,
    socketFactory: ({ host, port, ssl, onConnect }) =>
      ssl ? connectTls({ host, port, ...ssl }, onConnect) : connect({ host, port }, onConnect),
    brokers,
    ...(security && {
      ssl: { ca: security.ca },
      sasl: { mechanism: 'scram-sha-512', username: security.username, password: security.password() },
    }),
    clientId: 'independent-reader',
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    enforceRequestTimeout: true,
    metadataMaxAge: 60_000,
    retry: { retries: 3 },
    allowAutoTopicCreation: false,
    isolationLevel: uncommitted,
  })
}

async function partitionsOf(cluster: Cluster, topic: string): Promise<Partition[]> {
  await cluster.addTargetTopic(topic)
  const described = cluster.findTopicPartitionMetadata(topic)
  const partitions = described.map(({ partitionId }) => ({ partition: partitionId }))
  const offsets = async (fromBeginning: boolean): Promise<Map<number, bigint>> => {
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }])
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]))
  }
  const ends = await offsets(false)
  const starts = await offsets(true)
  return described.map(({ partitionId: partition, leader }) => ({
    topic,
    partition,
    leader,
    end: ends.get(partition) ?? 0n,
    committed: createCommittedRecords(),
    position: starts.get(partition) ?? 0n,
  }))
}

async function fetchFrom(cluster: Cluster, of: Partition): Promise<readonly FetchedMessage[]> {
  const broker = await cluster.findBroker({ nodeId: of.leader })
  const asked = { partition: of.partition, fetchOffset: String(of.position), maxBytes: fetchBytes }
  const { responses } = await broker.fetch({
    isolationLevel: uncommitted,
    maxWaitTime: maxWaitMs,
    maxBytes: fetchBytes,
    topics: [{ topic: of.topic, partitions: [asked] }],
  })
  return responses[0]?.partitions[0]?.messages ?? []
}

function* take(of: Partition, messages: readonly FetchedMessage[]): Generator<KafkaRecord> {
  for (const message of messages) {
    const offset = BigInt(message.offset)
    // A batch is fetched as a whole, and may begin before the position.
    if (offset < of.position) continue
    of.position = offset + 1n
    const content = message.isControlRecord ? outcomeOf(message) : recordOf(of, message)
    const decided = of.committed.add({ ...message.batchContext, offset, content })
    for (const record of decided) if (record.offset < of.end) yield record
  }
}

function recordOf({ topic, partition }: Partition, message: FetchedMessage): KafkaRecord {
  const { key, value, timestamp } = message
  return { topic, partition, offset: BigInt(message.offset), key, value, timestampMs: Number(timestamp) }
}

/** A marker's key is two numbers of 16 bits: its version, and 0 for an abort or 1 for a commit. */
function outcomeOf({ key }: FetchedMessage): 'commit' | 'abort' {
  return key?.readInt16BE(2) === 0 ? 'abort' : 'commit'
}

function undecidedFrom({ committed, position }: Partition): bigint {
  return committed.undecidedFrom() ?? position
}

function notInTime(of: Partition, withinMs: number): Error {
  const place = `partition ${of.partition} is read up to ${undecidedFrom(of)} of ${of.end}`
  const because = of.position < of.end ? '' : '; a transaction that began there is still open'
  return new Error(`the end of ${of.topic} was not reached within ${withinMs} ms: ${place}${because}`)
}
