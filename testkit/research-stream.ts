// What the tests of analytics share: a namespace and database of their own, stored tracks, and the research topic read back.
import { randomBytes, randomUUID } from 'node:crypto'
import pino from 'pino'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { readTopic } from '../core/engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { createTransactionalConsumer } from '../core/engines/kafka/transactional.ts'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createClaimsStore } from '../core/engines/postgres/research/claims-store.ts'
import { createResearchConsentStore } from '../core/engines/postgres/research/research-consent-store.ts'
import { readProgress } from '../core/research/stream/progress.ts'
import { createAnalyticsWorker } from '../core/research/stream/worker.ts'
import { createWorkerMetrics } from '../core/runtime/metrics.ts'
import { topicName } from '../core/topics.ts'
import { type CleanRecordOptions, type KeyedValue, storedRecord } from './clean-records.ts'
import { createTestDatabase, testEngines, uniqueNamespace } from './engines.ts'
import { researchSamplesIn } from './research-samples.ts'

export const january = Date.UTC(2026, 0, 1)
const log = pino({ level: 'silent' })

export interface StoredOptions extends Omit<CleanRecordOptions, 'track'> {
  readonly bikeId?: string
  /** How many samples the track has; a second apart, `odometer_m` counts from `firstOdometerM`. */
  readonly length?: number
  readonly firstOdometerM?: number
}

/** A record of telemetry.stored whose samples can be told apart by their odometer. */
export function stored({
  bikeId = randomUUID(),
  length = 10,
  firstOdometerM = 0,
  ...rest
}: StoredOptions): KeyedValue {
  const indexes = Array.from({ length }, (_, i) => i)
  return storedRecord({
    track: {
      bikeId,
      recorderId: randomUUID(),
      kind: 'ride',
      clock: { bootId: 0, clockEpoch: 0 },
      timesMs: indexes.map((i) => january + i * 1_000),
      columns: [{ key: 'odometer_m', values: indexes.map((i) => (firstOdometerM + i) * 100) }],
    },
    ...rest,
  })
}

export async function createTestBench() {
  const namespace = uniqueNamespace()
  const brokers = testEngines().kafkaBrokers
  const database = await createTestDatabase()
  const { sql } = database
  await ensureTopics({ brokers, namespace })
  const producer = createProducer({ brokers, name: 'test', log })
  const topics = {
    stored: topicName(namespace, 'telemetry.stored'),
    research: topicName(namespace, 'analytics.tracks'),
    outcomes: topicName(namespace, 'telemetry.outcomes'),
    progress: topicName(namespace, 'analytics.progress'),
  }

  return {
    namespace,
    brokers,
    database,
    sql,
    topics,
    send: (records: readonly KeyedValue[]) =>
      producer.send(records.map((record) => ({ topic: topics.stored, ...record }))),
    /** Committed samples of the research topic, read with another client than the one that writes it. */
    delivered: () => researchSamplesIn({ brokers, topic: topics.research }),
    /** The sum of all offsets up to which telemetry.stored has been delivered. */
    async progress(): Promise<number> {
      const progress = await readProgress(readTopic({ brokers, topic: topics.progress }))
      return [...progress.values()].reduce((sum, next) => sum + Number(next), 0)
    },
    /** Runs a worker in this process until `stop` is called. */
    startWorker(options: { group?: string; sql?: Sql } = {}) {
      const stop = new AbortController()
      const group = options.group ?? `${namespace}.analytics`
      const consumer = createTransactionalConsumer({
        brokers,
        group,
        topics: [topics.stored],
        limits: { maxRecords: 20, maxBytes: 64 * 1024 },
        transactionalId: `${group}-${randomUUID()}`,
        log,
      })
      const worker = createAnalyticsWorker({
        consumer,
        consents: createResearchConsentStore(options.sql ?? sql),
        claims: createClaimsStore(options.sql ?? sql),
        readProgress: () =>
          readProgress(readTopic({ brokers, topic: topics.progress, awaitUndecided: true })),
        newKey: () => randomBytes(32).toString('hex'),
        topics,
        metrics: createWorkerMetrics('analytics'),
        log,
      })
      const running = worker.run(stop.signal)
      return {
        trouble: worker.trouble,
        lag: consumer.lag,
        async stop() {
          stop.abort()
          await running
          await consumer.close()
        },
      }
    },
    async close() {
      await producer.close()
      await deleteTopics({ brokers, namespace })
      await database.drop()
    },
  }
}

export type TestBench = Awaited<ReturnType<typeof createTestBench>>
