// The quarantine process.

import { createBatchConsumer, createProducer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
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
