// The api process: reads its configuration, connects the stores and serves until told to stop.
import { serve } from '@hono/node-server'
import { readConfig } from '../config.ts'
import { createTelemetryStore } from '../elasticsearch/index.ts'
import { connectPostgres } from '../postgres/connect.ts'
import { latestOf } from '../postgres/latest-store.ts'
import { ownershipsOf } from '../postgres/registry-store.ts'
import { tracksOf } from '../postgres/upload-status.ts'
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

const api = createApi({
  authenticate: createAuthenticate({
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    keys: remoteKeys(config.JWKS_URL),
  }),
  stores: {
    readSamples: telemetry.readSamples,
    ownershipsOf: (bikeId, riderId) => ownershipsOf(sql, bikeId, riderId),
    latestOf: (bikeId) => latestOf(sql, bikeId),
    tracksOf: (uploadId, sender) => tracksOf(sql, uploadId, sender),
    ping,
  },
  metrics: createApiMetrics(),
  log,
})

const server = serve({ fetch: api.fetch, hostname: config.HOST, port: config.PORT }, ({ port }) =>
  log.info({ port }, 'listening'),
)

let stopping = false
function stop(cause: string): void {
  if (stopping) return
  stopping = true
  log.info({ cause }, 'stopping')
  setTimeout(() => process.exit(1), shutdownBoundMs).unref()
  server.close(async () => {
    await Promise.allSettled([sql.end({ timeout: 5 }), telemetry.close()])
    log.info('stopped')
  })
}
process.once('SIGTERM', () => stop('SIGTERM'))
process.once('SIGINT', () => stop('SIGINT'))
