// The ledger process.

import { createBatchConsumer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createLedgerStore } from '../../engines/postgres/telemetry/ledger-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { createLedgerWorker } from './worker.ts'

const name = 'ledger'
const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const consumer = createBatchConsumer({
  brokers: config.KAFKA_BROKERS,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'telemetry.outcomes')],
  limits: { maxRecords: 2_000, maxBytes: 2 * 1024 * 1024 },
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createLedgerWorker({ consumer, store: createLedgerStore(sql), metrics, log })

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
