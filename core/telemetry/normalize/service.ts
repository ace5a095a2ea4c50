// The service normalize, put together.
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openProducer } from '../../engines/kafka/producer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import {
  createBikeRegistry,
  createClockStore,
  createTombstones,
} from '../../engines/postgres/telemetry/normalize-stores.ts'
import { readTombstoneKey } from '../../runtime/config.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { cacheClocks, cacheRegistry } from './caching.ts'
import { createNormalizeWorker } from './worker.ts'

const limits = { maxRecords: 500, maxBytes: 8 * 1024 * 1024 }

export function createService(scope: ScopeOf<'normalize'>): Service {
  const sql = openPostgres(scope)
  const producer = openProducer(scope)
  const consumer = openConsumer(scope, { topics: ['telemetry.raw'], limits })
  const worker = createNormalizeWorker({
    consumer,
    producer,
    registry: cacheRegistry(createBikeRegistry(sql)),
    clocks: cacheClocks(createClockStore(sql)),
    tombstones: createTombstones(sql, readTombstoneKey(scope.config.TOMBSTONE_KEY_FILE)),
    topics: {
      clean: scope.topic('telemetry.clean'),
      quarantine: scope.topic('telemetry.quarantine'),
      outcomes: scope.topic('telemetry.outcomes'),
    },
    metrics: openWorkerMetrics(scope, consumer),
    log: scope.log,
  })
  return { loops: [worker] }
}
