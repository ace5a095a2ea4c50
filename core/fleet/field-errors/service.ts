// The service quality, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createFieldStore } from '../../engines/postgres/fleet/field-error-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createQualityWorker } from './worker.ts'

const limits = { maxRecords: 2_000, maxBytes: 8 * 1024 * 1024 }

export function createService(scope: ScopeOf<'quality'>): Service {
  const store = createFieldStore(openPostgres(scope))
  const consumer = openConsumer(scope, { topics: ['telemetry.stored'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  return { loops: [createQualityWorker({ consumer, store, metrics, log: scope.log })] }
}
