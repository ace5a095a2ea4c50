// The service search, put together.
import { openTelemetryWriter } from '../../engines/elasticsearch/generations.ts'
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createErasedSpans } from '../../engines/postgres/telemetry/normalize-stores.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createNewPartitions } from './partitions.ts'
import { batchLimits, createPartitionMaker, createSearchWorker } from './worker.ts'

export function createService(scope: ScopeOf<'search'>): Service {
  const store = openTelemetryWriter(scope)
  scope.watch('Elasticsearch', store.ping)
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.clean'], limits: batchLimits })
  const newPartitions = createNewPartitions()
  const deps = { store, newPartitions, log: scope.log, namespace: scope.config.NAMESPACE }
  const metrics = openWorkerMetrics(scope, consumer)
  const erasedSpans = createErasedSpans(openPostgres(scope))
  const worker = createSearchWorker({ ...deps, consumer, producer, erasedSpans, metrics })
  return { loops: [worker, createPartitionMaker(deps)] }
}
