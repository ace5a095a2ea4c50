// The service `witness`, put together: it reconciles the parts that bikes report with the records.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createInstalledPartStore } from '../../engines/postgres/fleet/installed-part-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createInstalledPartWorker } from './worker.ts'

const limits = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'witness'>): Service {
  const store = createInstalledPartStore(openPostgres(scope))
  const consumer = openConsumer(scope, { topics: ['telemetry.clean'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  return { loops: [createInstalledPartWorker({ consumer, store, metrics, log: scope.log })] }
}
