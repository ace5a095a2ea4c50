// The latest process: reads its configuration, connects its adapters and runs the worker.
import { readConfig } from '../config.ts'
import { createBatchConsumer, createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { createLatestStore } from '../postgres/latest-store.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createLatestWorker } from './worker.ts'

// Small enough that a batch is merged well within the quarter of a second in which a rider sees it.
const batchLimits = { maxRecords: 500, maxBytes: 2 * 1024 * 1024 }

const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog('latest', config.LOG_LEVEL)
const brokers = config.KAFKA_BROKERS
const sql = connectPostgres({ url: config.DATABASE_URL, name: 'latest', maxConnections: 2 })
const producer = createProducer({ brokers, name: 'latest', log })
const consumer = createBatchConsumer({
  brokers,
  group: groupName(config.NAMESPACE, 'latest'),
  topics: [topicName(config.NAMESPACE, 'telemetry.clean')],
  limits: batchLimits,
  log,
})
const metrics = createWorkerMetrics('latest', consumer)
const worker = createLatestWorker({
  consumer,
  producer,
  store: createLatestStore(sql),
  outcomesTopic: topicName(config.NAMESPACE, 'telemetry.outcomes'),
  metrics,
  log,
})

const database = watchPostgres(sql)

await runWorker({
  name: 'latest',
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: database.during(worker.run),
  trouble: () => worker.trouble() ?? database.trouble(),
  close: async () => {
    await consumer.close()
    await producer.close()
    await sql.end({ timeout: 5 })
  },
})
