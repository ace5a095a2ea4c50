// The analytics process: reads its configuration, connects its adapters and runs the worker.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createTransactionalConsumer, readTopic } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createClaimsStore } from '../../engines/postgres/research/claims-store.ts'
import { createConsentReader } from '../../engines/postgres/riders/consent-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { readProgress } from './progress.ts'
import { createPseudonym } from './pseudonym.ts'
import { createAnalyticsWorker } from './worker.ts'

// Small, because the consents of a batch must not change until it is written: a track can have 10,000 samples, each a record.
const batchLimits = { maxRecords: 20, maxBytes: 64 * 1024 }

const config = readConfig([
  'NAMESPACE',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'KAFKA_BROKERS',
  'DATABASE_URL',
  'ANALYTICS_PSEUDONYM_SECRET',
])
const log = createLog('analytics', config.LOG_LEVEL)
const brokers = config.KAFKA_BROKERS
const group = groupName(config.NAMESPACE, 'analytics')
const topics = {
  research: topicName(config.NAMESPACE, 'analytics.telemetry'),
  outcomes: topicName(config.NAMESPACE, 'telemetry.outcomes'),
  progress: topicName(config.NAMESPACE, 'analytics.progress'),
}
const sql = connectPostgres({ url: config.DATABASE_URL, name: 'analytics', maxConnections: 2 })
const consumer = createTransactionalConsumer({
  brokers,
  group,
  topics: [topicName(config.NAMESPACE, 'telemetry.stored')],
  limits: batchLimits,
  // Not shared by two processes at a time, and the same again after a crash, which ends what the crash left open.
  transactionalId: `${group}-${hostname()}-${config.PORT || randomUUID()}`,
  log,
})
const metrics = createWorkerMetrics('analytics', consumer)
const worker = createAnalyticsWorker({
  consumer,
  consents: createConsentReader(sql),
  claims: createClaimsStore(sql),
  readProgress: () => readProgress(readTopic({ brokers, topic: topics.progress, awaitUndecided: true })),
  pseudonym: createPseudonym(config.ANALYTICS_PSEUDONYM_SECRET),
  topics,
  metrics,
  log,
})

const database = watchPostgres(sql)

await runWorker({
  name: 'analytics',
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: database.during(worker.run),
  trouble: () => worker.trouble() ?? database.trouble(),
  close: async () => {
    await consumer.close()
    await sql.end({ timeout: 5 })
  },
})
