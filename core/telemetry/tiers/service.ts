// The service tiers, put together.
import { openFor } from '../../engines/elasticsearch/client.ts'
import { createTierStore } from '../../engines/elasticsearch/tiers.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createTierMetrics, createTiersWorker } from './worker.ts'

export function createService(scope: ScopeOf<'tiers'>): Service {
  const store = openFor(scope, createTierStore)
  scope.watch('Elasticsearch', store.ping)
  const metrics = createTierMetrics()
  scope.expose(metrics.registry)
  const repository = scope.config.SNAPSHOT_REPOSITORY
  return { loops: [createTiersWorker({ store, metrics, log: scope.log, repository })] }
}
