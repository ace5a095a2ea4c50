// The service quarantine, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createWakeWaiting } from './waiting.ts'
import { createQuarantineWorker } from './worker.ts'

const limits = { maxRecords: 200, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'quarantine'>): Service {
  const store = createQuarantineStore(openPostgres(scope))
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.quarantine'], limits })
  const worker = createQuarantineWorker({
    consumer,
    store,
    wakeWaiting: createWakeWaiting({ store, producer, rawTopic: scope.topic('telemetry.raw') }),
    metrics: openWorkerMetrics(scope, consumer),
    log: scope.log,
  })
  return { loops: [worker] }
}
