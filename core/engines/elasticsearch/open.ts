// The telemetry store for a service, closed with it.
import type { Setting } from '../../runtime/config.ts'
import type { Scope } from '../../runtime/service.ts'
import { createTelemetryStore } from './store.ts'

export const elasticsearchSettings = [
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
] as const satisfies readonly Setting[]

export function openTelemetryStore(scope: Scope<(typeof elasticsearchSettings)[number]>) {
  const { config, log } = scope
  const store = createTelemetryStore({
    url: config.ELASTICSEARCH_URL,
    username: config.ELASTICSEARCH_USERNAME,
    password: config.ELASTICSEARCH_PASSWORD,
    namespace: config.NAMESPACE,
    log,
  })
  scope.onClose(store.close)
  return store
}
