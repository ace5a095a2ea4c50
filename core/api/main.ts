// The api process: reads its configuration, connects the stores and serves until told to stop.
import { serve } from '@hono/node-server'
import { readConfig } from '../config.ts'
import { createTelemetryStore } from '../elasticsearch/index.ts'
import { createApiStores } from '../postgres/api-stores.ts'
import { changedChannel } from '../postgres/command-store.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { listenTo } from '../postgres/notifications.ts'
import { createCohortReader } from '../postgres/quality-reader.ts'
import { createLog } from '../worker/log.ts'
import { createApi } from './app.ts'
import { createAuthenticate, remoteKeys } from './authenticate.ts'
import { createApiMetrics } from './metrics.ts'

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
