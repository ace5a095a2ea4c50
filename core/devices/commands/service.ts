// The service commands, put together: it publishes commands, reads what bikes report, ends what is past. Several share the work.

import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { queuedChannel } from '../../engines/postgres/devices/command-store.ts'
import { openBrokerAdmin, openPublisher, openQueueConsumer } from '../../engines/rabbitmq/open.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createDispatcher } from './dispatcher.ts'
import { createReportReader } from './reports.ts'
import { createSweep } from './sweep.ts'

const read = [queues.acks]
const limits = { maxMessages: 200, maxBytes: 1024 * 1024 }

export function createService(scope: ScopeOf<'commands'>): Service {
  const { log } = scope
  const outbox = createCommandOutbox(openPostgres(scope))
  const queued = openNotifications(scope, { channel: queuedChannel })
  const publisher = openPublisher(scope)
  const consumer = openQueueConsumer(scope, { queues: read, limits })
  const metrics = openWorkerMetrics(scope, consumer)
  openBrokerAdmin(scope, { registry: metrics.registry, queues: read })
  const reports = createReportReader({ consumer, outbox, metrics, log })
  const dispatcher = createDispatcher({ outbox, publisher, watch: queued.watch(), metrics, log })
  const sweep = createSweep({ outbox, idleSinceMs: reports.idleSinceMs, log })
  return { loops: [reports, dispatcher, sweep] }
}
