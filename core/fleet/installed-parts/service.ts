// The service witness, put together.
import { openConsumer } from '../../engines/kafka/open.ts'
import { openPostgres } from '../../engines/postgres/client/open.ts'
import { createWitnessStore } from '../../engines/postgres/fleet/installed-part-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createWitnessWorker } from './worker.ts'

const limits = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'witness'>): Service {
  const store = createWitnessStore(openPostgres(scope))
  const consumer = openConsumer(scope, { topics: ['telemetry.clean'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  return { loops: [createWitnessWorker({ consumer, store, metrics, log: scope.log })] }
}
