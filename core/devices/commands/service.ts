// The service commands, put together: it publishes commands, reads what bikes report, ends what is past, and purges commands that
// were ended from the broker. Several share the work.

import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { queuedChannel } from '../../engines/postgres/devices/command-store.ts'
import { createPurgeStore } from '../../engines/postgres/devices/purge-store.ts'
import { createSettingsOutbox, createSettingsStore } from '../../engines/postgres/devices/settings-store.ts'
import { openBrokerAdmin, openPublisher, openQueueConsumer } from '../../engines/rabbitmq/open.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createDispatcher } from './dispatcher.ts'
import { createCommandMetrics } from './metrics.ts'
import { createPurge } from './purge.ts'
import { createReportReader } from './reports.ts'
import { createSettingsDelivery } from './settings-delivery.ts'
import { openSigningKey } from './signing-key.ts'
import { createSweep } from './sweep.ts'

const read = [queues.acks]
const limits = { maxMessages: 200, maxBytes: 1024 * 1024 }

export function createService(scope: ScopeOf<'commands'>): Service {
  const { config, log } = scope
  const key = openSigningKey({
    keyFile: config.COMMAND_SIGNING_KEY_FILE,
    passphraseFile: config.COMMAND_SIGNING_PASSPHRASE_FILE,
    certificateFile: config.COMMAND_SIGNING_CERTIFICATE_FILE,
  })
  const sql = openPostgres(scope)
  const [outbox, purges] = [createCommandOutbox(sql), createPurgeStore(sql)]
  const queued = openNotifications(scope, { channel: queuedChannel })
  const publisher = openPublisher(scope)
  const consumer = openQueueConsumer(scope, { queues: read, limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const admin = openBrokerAdmin(scope, { registry: metrics.registry, queues: read })
  const counters = createCommandMetrics(metrics.registry, { purges, keyEndsAtMs: key.endsAtMs })
  const settings = createSettingsStore(sql)
  const reports = createReportReader({ consumer, outbox, settings, metrics, counters, log })
  const watch = queued.watch()
  const dispatcher = createDispatcher({ outbox, publisher, key, watch, metrics, counters, log })
  const sweep = createSweep({ outbox, idleSinceMs: reports.idleSinceMs, log })
  const delivery = createSettingsDelivery({ outbox: createSettingsOutbox(sql), watch: queued.watch(), log })
  return { loops: [reports, dispatcher, delivery, sweep, createPurge({ store: purges, admin, log })] }
}
