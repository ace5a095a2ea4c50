// The service research-copy, put together.
import { openFor } from '../../engines/elasticsearch/client.ts'
import { createResearchCopy } from '../../engines/elasticsearch/research-copy.ts'
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openGroupPositions } from '../../engines/kafka/group-positions.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership, locks } from '../../engines/postgres/client/leadership.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { createConsentGate, createPendingWithdrawals } from '../../engines/postgres/research/copy-store.ts'
import { withdrawnChannel } from '../../engines/postgres/research/research-consent-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import { exposeWaiting } from '../../runtime/publication.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { keptAtLeastMs } from './plan.ts'
import { batchLimits, createCopyWorker, createForgetting, pendingGauges } from './worker.ts'

export function createService(scope: ScopeOf<'research-copy'>): Service {
  const sql = openPostgres(scope)
  const store = openFor(scope, createResearchCopy)
  scope.watch('Elasticsearch', store.ping)
  const consumer = openConsumer(scope, { topics: ['analytics.tracks'], limits: batchLimits })
  const metrics = openWorkerMetrics(scope, consumer)
  const withdrawals = createPendingWithdrawals(sql)
  exposeWaiting(metrics.registry, withdrawals.backlog, pendingGauges)
  const deps = { store, metrics, log: scope.log }
  const leadership = createLeadership(
    openPostgres(scope, { purpose: 'forgetting', maxConnections: 1 }),
    locks.forgettingInTheCopy,
  )
  const watch = openNotifications(scope, { channel: withdrawnChannel, purpose: 'withdrawn' }).watch()
  const positions = openGroupPositions(scope, 'analytics.tracks')
  return {
    loops: [
      createCopyWorker({ ...deps, consumer, gate: createConsentGate(sql) }),
      createForgetting({ ...deps, withdrawals, positions, leadership, watch, keptAtLeastMs }),
    ],
  }
}
