// The service gatekeeper, put together: the broker asks it, it asks PostgreSQL.
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { createRefusalStore } from '../../engines/postgres/devices/refusal-store.ts'
import { within } from '../../runtime/back-off.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createGatekeeper } from './app.ts'
import { createGatekeeperMetrics } from './metrics.ts'
import { createRefusalNotes } from './refusal-notes.ts'

// A module that connects waits for the answer, and so does the broker.
const registryBoundMs = 2_000

export function createService(scope: ScopeOf<'gatekeeper'>): Service {
  const sql = openPostgres(scope, { statementTimeoutMs: registryBoundMs })
  const store = createDeviceStore(sql)
  const metrics = createGatekeeperMetrics()
  scope.expose(metrics.registry)
  const gatekeeper = createGatekeeper({
    registry: {
      find: ({ deviceId, certificate }) =>
        within(store.findShown(deviceId, certificate), registryBoundMs, 'the registry'),
    },
    refusals: createRefusalNotes(createRefusalStore(sql), scope),
    metrics,
    log: scope.log,
  })
  return { loops: [], fetch: gatekeeper.fetch }
}
