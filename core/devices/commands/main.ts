// The commands process: publishes commands, reads what bikes report, ends what is past. Several share the work.

import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { listenTo } from '../../engines/postgres/client/notifications.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { queuedChannel } from '../../engines/postgres/devices/command-store.ts'
import { createBrokerAdmin, createPublisher, createQueueConsumer } from '../../engines/rabbitmq/index.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { exposeQueues } from '../../runtime/queue-gauge.ts'
import { createDispatcher } from './dispatcher.ts'
import { createReportReader } from './reports.ts'
import { createSweep } from './sweep.ts'

const name = 'commands'
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
const outbox = createCommandOutbox(sql)
const notifications = listenTo({ url: config.DATABASE_URL, name, channel: queuedChannel })
const broker = { url: config.AMQP_URL, name, log }
const publisher = createPublisher(broker)
const consumer = createQueueConsumer({
  ...broker,
  queues: [queues.acks],
  limits: { maxMessages: 200, maxBytes: 1024 * 1024 },
})
const metrics = createWorkerMetrics(name, consumer)
const admin = createBrokerAdmin({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
exposeQueues(metrics.registry, [queues.acks], admin)
const reports = createReportReader({ consumer, outbox, metrics, log })
const dispatcher = createDispatcher({ outbox, publisher, watch: notifications.watch(), metrics, log })
const sweep = createSweep({ outbox, idleSinceMs: reports.idleSinceMs, log })

const database = watchPostgres(sql)

await runWorker({
  name,
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: database.during(async (signal) => {
    await Promise.all([reports.run(signal), dispatcher.run(signal), sweep.run(signal)])
  }),
  trouble: () =>
    database.trouble() ?? reports.trouble() ?? publisher.trouble() ?? dispatcher.trouble() ?? sweep.trouble(),
  close: async () => {
    await Promise.all([consumer.close(), publisher.close(), notifications.close()])
    await sql.end({ timeout: 5 })
  },
})
