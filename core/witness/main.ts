// The witness process.
import { readConfig } from '../config.ts'
import { createBatchConsumer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createWitnessStore } from '../postgres/witness-store.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createWitnessWorker } from './worker.ts'

const name = 'witness'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name, maxConnections: 2 })
const consumer = createBatchConsumer({
  brokers: config.KAFKA_BROKERS,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'telemetry.clean')],
  limits: { maxRecords: 500, maxBytes: 4 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createWitnessWorker({ consumer, store: createWitnessStore(sql), metrics, log })
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
