// The normalize process.

import { createBatchConsumer, createProducer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createBikeRegistry } from '../../engines/postgres/telemetry/bike-registry.ts'
import { createClockStore } from '../../engines/postgres/telemetry/clock-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
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
