// The service bikes, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createKnownBikes } from '../../engines/postgres/fleet/known-bikes.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createWakeWaiting } from '../../telemetry/quarantine/waiting.ts'
import { createBikesWorker } from './worker.ts'

const limits = { maxRecords: 1_000, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'bikes'>): Service {
  const sql = openPostgres(scope)
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['bike.entity'], limits })
  const rawTopic = scope.topic('telemetry.raw')
  const worker = createBikesWorker({
    consumer,
    store: createKnownBikes(sql),
    wakeWaiting: createWakeWaiting({ store: createQuarantineStore(sql), producer, rawTopic }),
    metrics: openWorkerMetrics(scope, consumer),
    log: scope.log,
  })
  return { loops: [worker] }
}
