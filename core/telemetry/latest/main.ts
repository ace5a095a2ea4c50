// The latest process: reads its configuration, connects its adapters and runs the worker.

import { createBatchConsumer, createProducer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
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
