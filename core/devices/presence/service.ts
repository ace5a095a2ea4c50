// The service presence, put together.
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { createPresenceStore } from '../../engines/postgres/devices/presence-store.ts'
import { openBrokerAdmin, openQueueConsumer } from '../../engines/rabbitmq/open.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createPresenceMetrics } from './metrics.ts'
import { createReconciliation } from './reconcile.ts'
import { createRevocations } from './revocations.ts'
import { createPresenceWorker } from './worker.ts'

const read = [queues.connections]
const limits = { maxMessages: 500, maxBytes: 2 * 1024 * 1024 }

export function createService(scope: ScopeOf<'presence'>): Service {
  const { log } = scope
  const sql = openPostgres(scope)
  const store = createPresenceStore(sql)
  const consumer = openQueueConsumer(scope, { queues: read, limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const admin = openBrokerAdmin(scope, { registry: metrics.registry, queues: read })
  const outbox = createCommandOutbox(sql)
  const worker = createPresenceWorker({ consumer, store, outbox, metrics, log })
  const revocations = createRevocations({
    ...{ store, admin, log },
    metrics: createPresenceMetrics(metrics.registry),
  })
  const reconciliation = createReconciliation({ store, outbox, admin, log, eventTrouble: worker.trouble })
  return { loops: [worker, revocations, reconciliation] }
}
