// The service rides, put together: it marks, finds and publishes rides, and erases riders.
import { toBinary } from '@bufbuild/protobuf'
import { RideEntitySchema } from '../../../proto/gen/mobility/riders/v1/ride_pb.js'
import { openRideSamples } from '../../engines/elasticsearch/ride-samples.ts'
import { clusterOf } from '../../engines/kafka/client.ts'
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openFencedWriter } from '../../engines/kafka/transactions.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership, locks } from '../../engines/postgres/client/leadership.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { createRideChanges, ridesChangedChannel } from '../../engines/postgres/riders/ride-changes.ts'
import { createRideStore } from '../../engines/postgres/riders/ride-store.ts'
import type { Loop } from '../../runtime/loop.ts'
import { openWorkerMetrics, type WorkerMetrics } from '../../runtime/metrics.ts'
import { createPublication, exposeWaiting } from '../../runtime/publication.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { openErasures } from '../own-data/erasure/stores.ts'
import { createRideMetrics } from './metrics.ts'
import { createRideFinder, createRideMarker } from './worker.ts'

const limits = { maxRecords: 2_000, maxBytes: 8 * 1024 * 1024 }

export function createService(scope: ScopeOf<'rides'>): Service {
  const { log } = scope
  const sql = openPostgres(scope)
  const store = createRideStore(sql)
  const consumer = openConsumer(scope, { topics: ['telemetry.stored'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const samples = openRideSamples(scope)
  return {
    loops: [
      createRideMarker({ consumer, store, metrics, log }),
      createRideFinder({ store, samples, metrics: createRideMetrics(metrics.registry, store), log }),
      assemblePublication(scope, createRideChanges(sql), metrics),
      openErasures(scope, metrics),
    ],
  }
}

function assemblePublication(
  scope: ScopeOf<'rides'>,
  changes: ReturnType<typeof createRideChanges>,
  metrics: WorkerMetrics,
): Loop {
  const cluster = clusterOf(scope.config)
  const topic = scope.topic('ride.entity')
  const lock = openPostgres(scope, { purpose: 'publication', maxConnections: 1 })
  const changed = openNotifications(scope, { channel: ridesChangedChannel, purpose: 'changed' })
  exposeWaiting(metrics.registry, changes.backlog, {
    items: { name: 'rides_unpublished_rides', help: 'Rides that have changed since they were published' },
    seconds: {
      name: 'rides_unpublished_seconds',
      help: 'For how long the oldest change of a ride has not been published',
    },
  })
  const publication = createPublication({
    ...{ what: 'rides', changes, topic, metrics, log: scope.log },
    toRecord: ({ rideId, entity }) => ({
      key: new TextEncoder().encode(rideId),
      value: entity === undefined ? null : toBinary(RideEntitySchema, entity),
    }),
    leadership: createLeadership(lock, locks.publicationOfRides),
    openWriter: () =>
      openFencedWriter({ ...cluster, transactionalId: `${topic}.publication`, log: scope.log }),
    watch: changed.watch(),
  })
  scope.onClose(publication.close)
  return publication
}
