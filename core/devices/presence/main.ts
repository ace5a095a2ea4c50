// The presence process.

import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { createPresenceStore } from '../../engines/postgres/devices/presence-store.ts'
import { createBrokerAdmin, createQueueConsumer } from '../../engines/rabbitmq/index.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { exposeQueues } from '../../runtime/queue-gauge.ts'
import { createReconciliation } from './reconcile.ts'
import { createRevocations } from './revocations.ts'
import { createPresenceWorker } from './worker.ts'

const name = 'presence'
const config = readConfig([
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'DATABASE_URL',
  'AMQP_URL',
  'RABBITMQ_MANAGEMENT_URL',
])
const log = createLog(name, config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name })
const store = createPresenceStore(sql)
const admin = createBrokerAdmin({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
const consumer = createQueueConsumer({
  ...{ url: config.AMQP_URL, name, log },
  queues: [queues.connections],
  limits: { maxMessages: 500, maxBytes: 2 * 1024 * 1024 },
})
const metrics = createWorkerMetrics(name, consumer)
exposeQueues(metrics.registry, [queues.connections], admin)
const worker = createPresenceWorker({ consumer, store, outbox: createCommandOutbox(sql), metrics, log })
const revocations = createRevocations({ store, admin, log })
const reconciliation = createReconciliation({ store, admin, log, eventTrouble: worker.trouble })

const database = watchPostgres(sql)

await runWorker({
  name,
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: database.during(async (signal) => {
    await Promise.all([worker.run(signal), revocations.run(signal), reconciliation.run(signal)])
  }),
  trouble: () => database.trouble() ?? worker.trouble() ?? revocations.trouble() ?? reconciliation.trouble(),
  close: async () => {
    await consumer.close()
    await sql.end({ timeout: 5 })
  },
})
