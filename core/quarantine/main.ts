// The quarantine process.
import { readConfig } from '../config.ts'
import { createBatchConsumer, createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { createQuarantineStore } from '../postgres/quarantine-store.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createWakeWaiting } from './waiting.ts'
import { createQuarantineWorker } from './worker.ts'

const name = 'quarantine'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const consumer = createBatchConsumer({
  brokers: config.KAFKA_BROKERS,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'telemetry.quarantine')],
  limits: { maxRecords: 200, maxBytes: 4 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const producer = createProducer({ brokers: config.KAFKA_BROKERS, name, log })
const store = createQuarantineStore(sql)
const rawTopic = topicName(config.NAMESPACE, 'telemetry.raw')
const wakeWaiting = createWakeWaiting({ store, producer, rawTopic })
const worker = createQuarantineWorker({ consumer, store, wakeWaiting, metrics, log })

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
    await producer.close()
    await sql.end({ timeout: 5 })
  },
})
