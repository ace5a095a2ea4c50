// The normalize process.
import { readConfig } from '../config.ts'
import { createBatchConsumer, createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { createBikeRegistry } from '../postgres/bike-registry.ts'
import { createClockStore } from '../postgres/clock-store.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { cacheClocks, cacheRegistry } from './caching.ts'
import { createNormalizeWorker } from './worker.ts'

const name = 'normalize'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const { NAMESPACE: namespace, KAFKA_BROKERS: brokers } = config
const log = createLog(name, config.LOG_LEVEL)
const group = groupName(namespace, name)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const producer = createProducer({ brokers, name: group, log })
const consumer = createBatchConsumer({
  brokers,
  group,
  topics: [topicName(namespace, 'telemetry.raw')],
  limits: { maxRecords: 500, maxBytes: 8 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createNormalizeWorker({
  consumer,
  producer,
  registry: cacheRegistry(createBikeRegistry(sql)),
  clocks: cacheClocks(createClockStore(sql)),
  topics: {
    clean: topicName(namespace, 'telemetry.clean'),
    quarantine: topicName(namespace, 'telemetry.quarantine'),
    outcomes: topicName(namespace, 'telemetry.outcomes'),
  },
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
