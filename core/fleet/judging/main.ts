// The fleet process: takes statements in, judges them, and publishes the bikes that they change.

import { createBatchConsumer, createProducer, openFencedWriter } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership } from '../../engines/postgres/client/leadership.ts'
import { listenTo } from '../../engines/postgres/client/notifications.ts'
import { watchPostgres } from '../../engines/postgres/client/watch.ts'
import { bikesChangedChannel, createBikeChanges } from '../../engines/postgres/fleet/bike-changes.ts'
import { statementsDueChannel } from '../../engines/postgres/fleet/statements.ts'
import { createFleetStore } from '../../engines/postgres/fleet/store.ts'
import { readConfig } from '../../runtime/config.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { createPublication, exposePublication } from '../publication/publication.ts'
import { rules } from './rules/index.ts'
import { createFleetMetrics, createFleetWorker } from './worker.ts'

const name = 'fleet'
// A batch is judged in one transaction, while others who speak of the same things wait.
const batchLimits = { maxRecords: 500, maxBytes: 2 * 1024 * 1024 }
// Any number, the same for every process: one of them publishes.
const publicationLock = 7_305_117

const config = readConfig(['NAMESPACE', 'HOST', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'DATABASE_URL'])
const log = createLog(name, config.LOG_LEVEL)
const brokers = config.KAFKA_BROKERS
const url = config.DATABASE_URL
const sql = connectPostgres({ url, name, statementTimeoutMs: 30_000 })
const lock = connectPostgres({ url, name: 'fleet-publication', maxConnections: 1 })
const due = listenTo({ url, name: 'fleet-due', channel: statementsDueChannel })
const changed = listenTo({ url, name: 'fleet-changed', channel: bikesChangedChannel })
const producer = createProducer({ brokers, name, log })
const consumer = createBatchConsumer({
  brokers,
  group: groupName(config.NAMESPACE, name),
  topics: [topicName(config.NAMESPACE, 'manufacturing.events')],
  limits: batchLimits,
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const store = createFleetStore(sql)
const worker = createFleetWorker({
  consumer,
  producer,
  store,
  rules,
  quarantineTopic: topicName(config.NAMESPACE, 'manufacturing.quarantine'),
  watch: due.watch(),
  metrics,
  fleetMetrics: createFleetMetrics(metrics.registry, store),
  log,
})

const changes = createBikeChanges(sql)
const topic = topicName(config.NAMESPACE, 'bike.entity')
exposePublication(metrics.registry, changes)
const publication = createPublication({
  changes,
  leadership: createLeadership(lock, publicationLock),
  openWriter: () => openFencedWriter({ brokers, transactionalId: `${topic}.publication`, log }),
  watch: changed.watch(),
  topic,
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
  run: database.during(async (signal) => {
    await Promise.all([worker.run(signal), publication.run(signal)])
  }),
  trouble: () => database.trouble() ?? worker.trouble() ?? publication.trouble(),
  close: async () => {
    await consumer.close()
    await publication.close()
    await producer.close()
    await Promise.all([due.close(), changed.close()])
    await Promise.all([sql.end({ timeout: 5 }), lock.end({ timeout: 5 })])
  },
})
