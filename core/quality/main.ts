// The quality process.
import { readConfig } from '../config.ts'
import { createBatchConsumer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { createFieldStore } from '../postgres/quality-store.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createQualityWorker } from './worker.ts'

const name = 'quality'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name, maxConnections: 2 })
const consumer = createBatchConsumer({
  brokers: config.KAFKA_BROKERS,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'telemetry.stored')],
  limits: { maxRecords: 2_000, maxBytes: 8 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createQualityWorker({ consumer, store: createFieldStore(sql), metrics, log })

const database = watchPostgres(sql)

await runWorker({
  name,
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
