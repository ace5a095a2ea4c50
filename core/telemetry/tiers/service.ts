// The service tiers, put together.
import { openFor } from '../../engines/elasticsearch/client.ts'
import { createTierStore } from '../../engines/elasticsearch/tiers.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createSnapshots, createTending, createTierMetrics } from './worker.ts'

export function createService(scope: ScopeOf<'tiers'>): Service {
  const store = openFor(scope, createTierStore)
  scope.watch('Elasticsearch', store.ping)
  const metrics = createTierMetrics()
  scope.expose(metrics.registry)
  const deps = { store, metrics, log: scope.log }
  const repository = scope.config.SNAPSHOT_REPOSITORY
  const snapshots = repository === undefined ? [] : [createSnapshots(repository, deps)]
  return { loops: [createTending(deps), ...snapshots] }
}
