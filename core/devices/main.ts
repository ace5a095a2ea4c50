// The devices process: one serves all queues of modules, several share the work.
import { readConfig } from '../config.ts'
import { createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { createBrokerAdmin, createQueueConsumer } from '../rabbitmq/index.ts'
import { queues, telemetryQueues } from '../rabbitmq/topology.ts'
import { createEngineWatch } from '../worker/engine-watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { exposeQueues } from '../worker/queue-gauge.ts'
import { runWorker } from '../worker/worker.ts'
import { createDevicesWorker } from './worker.ts'

const name = 'devices'
const config = readConfig([
  'NAMESPACE',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'KAFKA_BROKERS',
  'AMQP_URL',
  'RABBITMQ_MANAGEMENT_URL',
])
const { NAMESPACE: namespace } = config
const log = createLog(name, config.LOG_LEVEL)
const read = [...telemetryQueues, queues.deadLetters]
const producer = createProducer({ brokers: config.KAFKA_BROKERS, name: groupName(namespace, name), log })
const consumer = createQueueConsumer({
  url: config.AMQP_URL,
  name,
  queues: read,
  limits: { maxMessages: 500, maxBytes: 4 * 1024 * 1024 },
  log,
})
const admin = createBrokerAdmin({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
const metrics = createWorkerMetrics(name, consumer)
exposeQueues(metrics.registry, read, admin)
const worker = createDevicesWorker({
  consumer,
  producer,
  topics: {
    raw: topicName(namespace, 'telemetry.raw'),
    quarantine: topicName(namespace, 'telemetry.quarantine'),
  },
  metrics,
  log,
})

const broker = createEngineWatch({ engine: 'RabbitMQ', ping: () => admin.ping() })

await runWorker({
  name,
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: broker.during(worker.run),
  trouble: () => worker.trouble() ?? broker.trouble(),
  close: async () => {
    await consumer.close()
    await producer.close()
  },
})
