// The service fleet, put together: it judges statements, and publishes the bikes that they change.
import { toBinary } from '@bufbuild/protobuf'
import { uuidBytes } from '../../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import { clusterOf } from '../../engines/kafka/client.ts'
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openFencedWriter } from '../../engines/kafka/transactions.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership, locks } from '../../engines/postgres/client/leadership.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { bikesChangedChannel, createBikeChanges } from '../../engines/postgres/fleet/bike-changes.ts'
import { createSealStore } from '../../engines/postgres/fleet/partners.ts'
import { statementsDueChannel } from '../../engines/postgres/fleet/statements.ts'
import { createFleetStore } from '../../engines/postgres/fleet/store.ts'
import type { Loop } from '../../runtime/loop.ts'
import { openWorkerMetrics, type WorkerMetrics } from '../../runtime/metrics.ts'
import { createPublication, exposeWaiting } from '../../runtime/publication.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { rules } from './rules/index.ts'
import { createFleetMetrics, createFleetWorker } from './worker.ts'

// A batch is judged in one transaction, while others who speak of the same things wait.
const limits = { maxRecords: 500, maxBytes: 2 * 1024 * 1024 }

export function createService(scope: ScopeOf<'fleet'>): Service {
  const sql = openPostgres(scope, { statementTimeoutMs: 30_000 })
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['manufacturing.events'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const store = createFleetStore(sql)
  const due = openNotifications(scope, { channel: statementsDueChannel, purpose: 'due' })
  const worker = createFleetWorker({
    ...{ consumer, producer, store, rules, metrics, log: scope.log, seals: createSealStore(sql) },
    audience: scope.config.STATEMENT_AUDIENCE,
    unsealed: scope.config.UNSEALED_STATEMENTS,
    quarantineTopic: scope.topic('manufacturing.quarantine'),
    watch: due.watch(),
    fleetMetrics: createFleetMetrics(metrics.registry, store),
  })
  return { loops: [worker, assemblePublication(scope, createBikeChanges(sql), metrics)] }
}

function assemblePublication(
  scope: ScopeOf<'fleet'>,
  changes: ReturnType<typeof createBikeChanges>,
  metrics: WorkerMetrics,
): Loop {
  const cluster = clusterOf(scope.config)
  const topic = scope.topic('bike.entity')
  const lock = openPostgres(scope, { purpose: 'publication', maxConnections: 1 })
  const changed = openNotifications(scope, { channel: bikesChangedChannel, purpose: 'changed' })
  exposeWaiting(metrics.registry, changes.backlog, {
    items: { name: 'fleet_unpublished_bikes', help: 'Bikes that have changed since they were published' },
    seconds: {
      name: 'fleet_unpublished_seconds',
      help: 'For how long the oldest change of a bike has not been published',
    },
  })
  const publication = createPublication({
    ...{ what: 'bikes', changes, topic, metrics, log: scope.log },
    toRecord: ({ bikeId, entity }) =>
      entity && { key: uuidBytes(bikeId), value: toBinary(BikeEntitySchema, entity) },
    leadership: createLeadership(lock, locks.publicationOfBikes),
    openWriter: () =>
      openFencedWriter({ ...cluster, transactionalId: `${topic}.publication`, log: scope.log }),
    watch: changed.watch(),
  })
  scope.onClose(publication.close)
  return publication
}
