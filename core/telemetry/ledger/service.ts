// The service ledger, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLedgerStore } from '../../engines/postgres/telemetry/ledger-store.ts'
import { createSettlingStore } from '../../engines/postgres/telemetry/settled-books.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createSettling } from './settling.ts'
import { createLedgerWorker } from './worker.ts'

const limits = { maxRecords: 2_000, maxBytes: 2 * 1024 * 1024 }

export function createService(scope: ScopeOf<'ledger'>): Service {
  const sql = openPostgres(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.outcomes'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const { log, config } = scope
  const worker = createLedgerWorker({ consumer, store: createLedgerStore(sql), metrics, log })
  const { registry } = metrics
  const store = createSettlingStore(sql)
  return { loops: [worker, createSettling({ store, keptDays: config.LEDGER_DAYS, registry, log })] }
}
