// The service quarantine, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createQuarantineMetrics } from './metrics.ts'
import { createParkedReturn } from './parked.ts'
import { createRoom } from './room.ts'
import { createWakeWaiting } from './waiting.ts'
import { createQuarantineWorker } from './worker.ts'

const limits = { maxRecords: 200, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'quarantine'>): Service {
  const store = createQuarantineStore(openPostgres(scope))
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.quarantine'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const target = { store, producer, rawTopic: scope.topic('telemetry.raw') }
  const worker = createQuarantineWorker({
    ...{ consumer, store, room: createRoom(store) },
    wakeWaiting: createWakeWaiting(target),
    metrics: { ...metrics, ...createQuarantineMetrics(metrics.registry) },
    log: scope.log,
  })
  return { loops: [worker, createParkedReturn({ ...target, log: scope.log })] }
}
