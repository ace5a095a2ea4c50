// Search and rides at work on the real engines, in this process, for the tests.
import { pino } from 'pino'
import { expect } from 'vitest'
import { uuidBytes } from '../../../../proto/index.ts'
import { createTestDatabase, testEngines, uniqueNamespace } from '../../../../testkit/engines.ts'
import {
  createTelemetryWriter,
  dropTelemetry,
  provisionElasticsearch,
} from '../../../engines/elasticsearch/index.ts'
import { createRideSamples } from '../../../engines/elasticsearch/ride-samples.ts'
import { createBatchConsumer } from '../../../engines/kafka/consumer.ts'
import { createProducer } from '../../../engines/kafka/producer.ts'
import { deleteTopics, ensureTopics } from '../../../engines/kafka/topics.ts'
import { createRideReader, createRideStore } from '../../../engines/postgres/riders/ride-store.ts'
import { createErasedSpans } from '../../../engines/postgres/telemetry/normalize-stores.ts'
import { createWorkerMetrics } from '../../../runtime/metrics.ts'
import { createNewPartitions } from '../../../telemetry/search/partitions.ts'
import { withMonths } from '../../../telemetry/search/testing/months.ts'
import { createSearchWorker } from '../../../telemetry/search/worker.ts'
import { type Topic, topicName } from '../../../topics.ts'
import { createRideMetrics } from '../metrics.ts'
import { createRideFinder, createRideMarker } from '../worker.ts'

const log = pino({ level: 'warn' })
const limits = { maxRecords: 200, maxBytes: 1024 * 1024 }

export type RidesEnvironment = Awaited<ReturnType<typeof openRidesEnvironment>>

/** `database`: one of an earlier version, for tests of updates. */
export async function openRidesEnvironment({ database: opening = createTestDatabase() } = {}) {
  const { kafkaBrokers: brokers, elasticsearch } = testEngines()
  const namespace = uniqueNamespace()
  const options = { ...elasticsearch, namespace, log }
  const [database] = await Promise.all([
    opening,
    ensureTopics({ brokers, namespace }),
    provisionElasticsearch(options),
  ])
  const { sql } = database
  const store = createRideStore(sql)
  const samples = createRideSamples(options)
  const documents = withMonths(createTelemetryWriter(options))
  const producer = createProducer({ brokers, name: 'test', log })
  const stop = new AbortController()
  const running: Promise<unknown>[] = []
  const closing: (() => Promise<void>)[] = []
  const topic = (name: Topic) => topicName(namespace, name)

  function consumerOf(group: string, of: Topic) {
    const consumer = createBatchConsumer({
      ...{ brokers, group: `${namespace}.${group}`, topics: [topic(of)], limits, log },
    })
    closing.push(consumer.close)
    return consumer
  }
  function run(loop: { run(signal: AbortSignal): Promise<void> }): void {
    running.push(loop.run(stop.signal))
  }

  run(
    createSearchWorker({
      ...{
        consumer: consumerOf('search', 'telemetry.clean'),
        producer,
        store: documents,
        erasedSpans: createErasedSpans(sql),
        newPartitions: createNewPartitions(),
      },
      ...{ metrics: createWorkerMetrics('search'), log, namespace },
    }),
  )

  return {
    ...{ sql, store, samples, reader: createRideReader(sql), brokers, producer, topic },
    /** Environment variables of a process of the service. */
    env: {
      ...{ NAMESPACE: namespace, KAFKA_BROKERS: brokers.join(','), DATABASE_URL: database.url },
      ELASTICSEARCH_URL: elasticsearch.url,
      ELASTICSEARCH_USERNAME: elasticsearch.username,
      ELASTICSEARCH_PASSWORD: elasticsearch.password,
    },
    /** Marks what is in telemetry.stored from its beginning on, as a worker of a new consumer group. */
    startMarker(group: string): void {
      const consumer = consumerOf(group, 'telemetry.stored')
      run(createRideMarker({ consumer, store, metrics: createWorkerMetrics('rides'), log }))
    },
    startFinder(): void {
      const metrics = createRideMetrics(createWorkerMetrics('rides').registry, store)
      run(createRideFinder({ store, samples, metrics, log }))
    },
    /** Writes records to `telemetry.clean`. */
    send: (bikeId: string, records: readonly Uint8Array[]) =>
      producer.send(
        records.map((value) => ({ topic: topic('telemetry.clean'), key: uuidBytes(bikeId), value })),
      ),
    /** Until no bike has marks. */
    settled: () =>
      expect
        .poll(() => sql`select bike_id, mark_id from ride_marks limit 5`, { timeout: 60_000, interval: 200 })
        .toEqual([]),
    /** Deletes the documents of a bike in [fromMs, untilMs) as erasure does. */
    async erase(window: { bikeId: string; fromMs: number; untilMs: number }): Promise<void> {
      const authorization = `Basic ${Buffer.from(`${elasticsearch.username}:${elasticsearch.password}`).toString('base64')}`
      const ask = async (path: string, body: string, type = 'application/json') => {
        const headers = { authorization, 'content-type': type }
        const response = await fetch(elasticsearch.url + path, { method: 'POST', headers, body })
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
        return (await response.json()) as { hits: { hits: { _index: string; _id: string }[] } }
      }
      const filter = [
        { term: { bike_id: window.bikeId } },
        { range: { '@timestamp': { gte: window.fromMs, lt: window.untilMs, format: 'epoch_millis' } } },
      ]
      const query = JSON.stringify({ size: 10_000, _source: false, query: { bool: { filter } } })
      const { hits } = await ask(`/${namespace}-telemetry/_search`, query)
      const lines = hits.hits.map(({ _index, _id }) => `${JSON.stringify({ delete: { _index, _id } })}\n`)
      await ask('/_bulk?refresh=true', lines.join(''), 'application/x-ndjson')
    },
    async close() {
      stop.abort()
      await Promise.all(running)
      await Promise.all([...closing.map((close) => close()), producer.close()])
      await Promise.all([samples.close(), documents.close()])
      await Promise.all([dropTelemetry(options), deleteTopics({ brokers, namespace }), database.drop()])
    },
  }
}
