// The bikes process.

import { createBatchConsumer, createProducer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createKnownBikes } from '../../engines/postgres/fleet/known-bikes.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { createWakeWaiting } from '../../telemetry/quarantine/waiting.ts'
import { groupName, topicName } from '../../topics.ts'
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
