// The bikes process.
import { readConfig } from '../config.ts'
import { createBatchConsumer, createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { createKnownBikes } from '../postgres/known-bikes.ts'
import { createQuarantineStore } from '../postgres/quarantine-store.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createWakeWaiting } from '../quarantine/waiting.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createBikesWorker } from './worker.ts'

const name = 'bikes'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const { NAMESPACE: namespace, KAFKA_BROKERS: brokers } = config
const log = createLog(name, config.LOG_LEVEL)
const group = groupName(namespace, name)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const producer = createProducer({ brokers, name: group, log })
const consumer = createBatchConsumer({
  brokers,
  group,
  topics: [topicName(namespace, 'bike.entity')],
  limits: { maxRecords: 1_000, maxBytes: 4 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createBikesWorker({
  consumer,
  store: createKnownBikes(sql),
  wakeWaiting: createWakeWaiting({
    store: createQuarantineStore(sql),
    producer,
    rawTopic: topicName(namespace, 'telemetry.raw'),
  }),
  metrics,
  log,
})

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
