// The api process: reads its configuration, connects the stores and serves until told to stop.
import { serve } from '@hono/node-server'
import { createTelemetryStore } from '../engines/elasticsearch/index.ts'
import { connectPostgres } from '../engines/postgres/client/connect.ts'
import { listenTo } from '../engines/postgres/client/notifications.ts'
import { changedChannel } from '../engines/postgres/devices/command-store.ts'
import { createCohortReader } from '../engines/postgres/fleet/field-error-reader.ts'
import { readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/log.ts'
import { createApi } from './app.ts'
import { createAuthenticate, remoteKeys } from './authenticate.ts'
import { createApiMetrics } from './metrics.ts'
import { createApiStores } from './stores.ts'

const shutdownBoundMs = 10_000
const pingBoundMs = 2_000

const config = readConfig([
  'NAMESPACE',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
  'DATABASE_URL',
  'JWKS_URL',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
])
const log = createLog('api', config.LOG_LEVEL)
const sql = connectPostgres({ url: config.DATABASE_URL, name: 'api' })
// Field errors of a year take their time, and hold up nobody else.
const analysisSql = connectPostgres({
  url: config.DATABASE_URL,
  name: 'api-analysis',
  maxConnections: 2,
  statementTimeoutMs: 120_000,
})
const commandChanges = listenTo({ url: config.DATABASE_URL, name: 'api', channel: changedChannel })
const telemetry = createTelemetryStore({
  url: config.ELASTICSEARCH_URL,
  username: config.ELASTICSEARCH_USERNAME,
  password: config.ELASTICSEARCH_PASSWORD,
  namespace: config.NAMESPACE,
  log,
})

async function ping(): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('a store does not answer in time')), pingBoundMs).unref()
  })
  await Promise.race([Promise.all([sql`select 1`, telemetry.ping()]), late])
}

const stopping = new AbortController()

const api = createApi({
  authenticate: createAuthenticate({
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    keys: remoteKeys(config.JWKS_URL),
  }),
  stores: {
    ...createApiStores(sql),
    ...createCohortReader(analysisSql),
    readSamples: telemetry.readSamples,
    watchCommand: commandChanges.watch,
    ping,
  },
  metrics: createApiMetrics(),
  log,
  stopping: stopping.signal,
})

const server = serve({ fetch: api.fetch, hostname: config.HOST, port: config.PORT }, ({ port }) =>
  log.info({ port }, 'listening'),
)

function stop(cause: string): void {
  if (stopping.signal.aborted) return
  stopping.abort()
  log.info({ cause }, 'stopping')
  setTimeout(() => process.exit(1), shutdownBoundMs).unref()
  server.close(async () => {
    const pools = [sql, analysisSql].map((pool) => pool.end({ timeout: 5 }))
    await Promise.allSettled([...pools, commandChanges.close(), telemetry.close()])
    log.info('stopped')
  })
}
process.once('SIGTERM', () => stop('SIGTERM'))
process.once('SIGINT', () => stop('SIGINT'))
