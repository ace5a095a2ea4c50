// The service research-gateway, put together: researchers ask it, it asks PostgreSQL who is hidden and Elasticsearch for the rest.
import { openFor } from '../../engines/elasticsearch/client.ts'
import { createResearchReader } from '../../engines/elasticsearch/research-reader.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createConsentGate } from '../../engines/postgres/research/copy-store.ts'
import {
  createBudgets,
  createQueryLog,
  hiddenPersons,
  noiseKey,
} from '../../engines/postgres/research/gateway-store.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { researcherOf } from '../access/sessions.ts'
import { createGateway } from './app.ts'
import { firstHash, hashOf } from './audit.ts'
import { createGatewayMetrics } from './metrics.ts'

export function createService(scope: ScopeOf<'research-gateway'>): Service {
  const sql = openPostgres(scope)
  const reader = openFor(scope, createResearchReader)
  scope.watch('Elasticsearch', reader.ping)
  const metrics = createGatewayMetrics()
  scope.expose(metrics.registry)
  const gateway = createGateway({
    identify: (token) => researcherOf(sql, token, new Date()),
    persons: { hidden: () => hiddenPersons(sql), ...createConsentGate(sql) },
    budgets: createBudgets(sql),
    noiseKey: () => noiseKey(sql),
    queries: createQueryLog(sql, { firstHash, hashOf }),
    ...{ reader, metrics, log: scope.log },
  })
  return { loops: [], fetch: gateway.fetch }
}
