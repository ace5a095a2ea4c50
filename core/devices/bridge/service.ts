// The service devices, put together.
import { openProducer } from '../../engines/kafka/producer.ts'
import { openBrokerAdmin, openQueueConsumer } from '../../engines/rabbitmq/open.ts'
import { queues, telemetryQueues } from '../../engines/rabbitmq/topology.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createDevicesWorker } from './worker.ts'

const read = [...telemetryQueues, queues.deadLetters]
const limits = { maxMessages: 500, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'devices'>): Service {
  const producer = openProducer(scope)
  scope.watch('Kafka', producer.ping)
  const consumer = openQueueConsumer(scope, { queues: read, limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const admin = openBrokerAdmin(scope, { registry: metrics.registry, queues: read })
  scope.watch('RabbitMQ', () => admin.ping())
  const worker = createDevicesWorker({
    consumer,
    producer,
    topics: { raw: scope.topic('telemetry.raw'), quarantine: scope.topic('telemetry.quarantine') },
    metrics,
    log: scope.log,
  })
  return { loops: [worker] }
}
