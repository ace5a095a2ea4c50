// The gaps process.
import { readConfig } from '../config.ts'
import { createBatchConsumer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { createCommandStore } from '../postgres/command-store.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { createGapStore } from '../postgres/gap-store.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { createStateAsker } from './state-asker.ts'
import { createGapsWorker } from './worker.ts'

const name = 'gaps'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const consumer = createBatchConsumer({
  brokers: config.KAFKA_BROKERS,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'telemetry.clean')],
  limits: { maxRecords: 500, maxBytes: 4 * 1024 * 1024 },
  log,
})
const store = createGapStore(sql)
const metrics = createWorkerMetrics(name, consumer)
const worker = createGapsWorker({ consumer, store, metrics, log })
const asker = createStateAsker({ store, commands: createCommandStore(sql), log })

const database = watchPostgres(sql)

await runWorker({
  name,
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: database.during(async (signal) => {
    await Promise.all([worker.run(signal), asker.run(signal)])
  }),
  trouble: () => worker.trouble() ?? asker.trouble() ?? database.trouble(),
  close: async () => {
    await consumer.close()
    await sql.end({ timeout: 5 })
  },
})
