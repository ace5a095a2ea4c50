// The service devices, put together.
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createSuspensionStore } from '../../engines/postgres/devices/suspension-store.ts'
import { openBrokerAdmin, openQueueConsumer } from '../../engines/rabbitmq/open.ts'
import { queues, telemetryQueues } from '../../engines/rabbitmq/topology.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createModuleQuota } from './quota.ts'
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
  const { SAMPLE_RATE_PER_SENDER: perSecond, SAMPLE_BURST_PER_SENDER: burst, ...config } = scope.config
  const quota = createModuleQuota({
    ...{ rate: { perSecond, burst }, firstMs: config.MODULE_SUSPENSION_S * 1_000 },
    ...{ store: createSuspensionStore(openPostgres(scope)), registry: metrics.registry, log: scope.log },
  })
  const worker = createDevicesWorker({
    ...{ consumer, producer, quota },
    topics: { raw: scope.topic('telemetry.raw'), quarantine: scope.topic('telemetry.quarantine') },
    metrics,
    log: scope.log,
  })
  return { loops: [worker, quota.loop] }
}
