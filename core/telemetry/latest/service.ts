// The service latest, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createLatestWorker } from './worker.ts'

// Small enough that a batch is merged well within the quarter of a second in which a rider sees it.
const limits = { maxRecords: 500, maxBytes: 2 * 1024 * 1024 }

export function createService(scope: ScopeOf<'latest'>): Service {
  const sql = openPostgres(scope)
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.clean'], limits })
  const worker = createLatestWorker({
    consumer,
    producer,
    store: createLatestStore(sql),
    outcomesTopic: scope.topic('telemetry.outcomes'),
    metrics: openWorkerMetrics(scope, consumer),
    log: scope.log,
  })
  return { loops: [worker] }
}
