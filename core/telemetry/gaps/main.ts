// The gaps process.

import { createCommandQueue } from '../../devices/commands/queue.ts'
import { createBatchConsumer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createCommandStore } from '../../engines/postgres/devices/command-store.ts'
import { createGapStore } from '../../engines/postgres/telemetry/gap-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
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
const asker = createStateAsker({ store, commands: createCommandQueue(createCommandStore(sql)), log })

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
