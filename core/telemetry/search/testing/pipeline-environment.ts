// Topics and a store for a search process, and what the tests ask of both.
import { fromBinary } from '@bufbuild/protobuf'
import { pino } from 'pino'
import { TrackOutcomeSchema, uuidBytes, uuidText } from '../../../../proto/index.ts'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import {
  createTelemetryReader,
  createTelemetryWriter,
  dropTelemetry,
  provisionElasticsearch,
} from '../../../engines/elasticsearch/index.ts'
import { createProducer } from '../../../engines/kafka/producer.ts'
import { readTopic } from '../../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../../engines/kafka/topics.ts'
import { type Topic, topicName } from '../../../topics.ts'
import { partitionOf } from '../partitions.ts'

export interface PipelineEnvironment {
  /** Environment variables of a search process. */
  readonly env: Readonly<Record<string, string>>
  /** Writes records to `telemetry.clean`. */
  send(bikeId: string, records: readonly Uint8Array[]): Promise<void>
  /** The values of all records of a topic. */
  values(topic: Topic): Promise<Buffer[]>
  /** What the books say in the end: the last outcome of each track, as samples by outcome or reason. */
  books(): Promise<Map<string, Record<string, number>>>
  /** How many samples of a bike are searchable. */
  searchable(bikeId: string): Promise<number>
  close(): Promise<void>
}

export async function openPipelineEnvironment(of: {
  brokers: readonly string[]
  elasticsearch: { url: string; username: string; password: string }
  namespace: string
  /** The months whose rides are sent. */
  monthsMs: readonly number[]
}): Promise<PipelineEnvironment> {
  const { brokers, elasticsearch, namespace } = of
  const log = pino({ level: 'silent' })
  const options = { ...elasticsearch, namespace, log }
  const [database] = await Promise.all([
    createTestDatabase(),
    ensureTopics({ brokers, namespace }),
    provisionElasticsearch(options),
  ])
  // Without quarantine nobody brings back what waits for a new month.
  const writer = createTelemetryWriter(options)
  for (const monthMs of of.monthsMs) await writer.makePartition(partitionOf('ride', monthMs))
  await writer.close()
  const store = createTelemetryReader(options)
  const producer = createProducer({ brokers, name: 'test', log })

  async function values(topic: Topic): Promise<Buffer[]> {
    const records: Buffer[] = []
    for await (const { value } of readTopic({ brokers, topic: topicName(namespace, topic) })) {
      if (value !== null) records.push(value)
    }
    return records
  }

  return {
    env: {
      NAMESPACE: namespace,
      KAFKA_BROKERS: brokers.join(','),
      DATABASE_URL: database.url,
      ELASTICSEARCH_URL: elasticsearch.url,
      ELASTICSEARCH_USERNAME: elasticsearch.username,
      ELASTICSEARCH_PASSWORD: elasticsearch.password,
    },
    send: (bikeId, records) =>
      producer.send(
        records.map((value) => ({
          topic: topicName(namespace, 'telemetry.clean'),
          key: uuidBytes(bikeId),
          value,
        })),
      ),
    values,
    async books() {
      const outcomes = (await values('telemetry.outcomes')).map((value) =>
        fromBinary(TrackOutcomeSchema, value),
      )
      return new Map(
        outcomes.map(({ trackId, counts }) => [
          uuidText(trackId),
          Object.fromEntries(counts.map(({ outcome, reason, samples }) => [reason || outcome, samples])),
        ]),
      )
    },
    async searchable(bikeId) {
      let count = 0
      let cursor: string | undefined
      do {
        const at = cursor === undefined ? {} : { cursor }
        const page = await store.readSamples({
          bikeId,
          fromMs: 0,
          toMs: Date.UTC(2100, 0),
          limit: 5_000,
          ...at,
        })
        count += page.samples.length
        cursor = page.next
      } while (cursor !== undefined)
      return count
    },
    async close() {
      await Promise.all([dropTelemetry(options), deleteTopics({ brokers, namespace })])
      await Promise.all([store.close(), producer.close(), database.drop()])
    },
  }
}
