// The commands process: publishes commands, reads what bikes report, ends what is past. Several share the work.
import { readConfig } from '../config.ts'
import { createCommandOutbox } from '../postgres/command-outbox.ts'
import { queuedChannel } from '../postgres/command-store.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { listenTo } from '../postgres/notifications.ts'
import { watchPostgres } from '../postgres/watch.ts'
import { createBrokerAdmin, createPublisher, createQueueConsumer } from '../rabbitmq/index.ts'
import { queues } from '../rabbitmq/topology.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { exposeQueues } from '../worker/queue-gauge.ts'
import { runWorker } from '../worker/worker.ts'
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
