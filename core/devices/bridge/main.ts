// The devices process: one serves all queues of modules, several share the work.

import { createProducer } from '../../engines/kafka/index.ts'
import { createBrokerAdmin, createQueueConsumer } from '../../engines/rabbitmq/index.ts'
import { queues, telemetryQueues } from '../../engines/rabbitmq/topology.ts'
import { readConfig } from '../../runtime/config.ts'
import { createEngineWatch } from '../../runtime/engine-watch.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { exposeQueues } from '../../runtime/queue-gauge.ts'
import { groupName, topicName } from '../../topics.ts'
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
