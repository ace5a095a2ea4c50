// The gatekeeper process: the broker asks it, it asks PostgreSQL.
import { serve } from '@hono/node-server'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { readConfig } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { createGatekeeper } from './app.ts'
import { createGatekeeperMetrics } from './metrics.ts'

const shutdownBoundMs = 10_000
// A module that connects waits for the answer, and so does the broker.
const registryBoundMs = 2_000

const config = readConfig(['HOST', 'PORT', 'LOG_LEVEL', 'DATABASE_URL'])
const log = createLog('gatekeeper', config.LOG_LEVEL)
const sql = connectPostgres({
  url: config.DATABASE_URL,
  name: 'gatekeeper',
  maxConnections: 8,
  statementTimeoutMs: registryBoundMs,
})
const store = createDeviceStore(sql)

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), registryBoundMs)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const gatekeeper = createGatekeeper({
  registry: {
    find: (deviceId) => inTime(store.find(deviceId)),
    ping: async () => void (await inTime(sql`select 1`)),
  },
  metrics: createGatekeeperMetrics(),
  log,
})

const server = serve({ fetch: gatekeeper.fetch, hostname: config.HOST, port: config.PORT }, ({ port }) =>
  log.info({ port }, 'listening'),
)

let stopping = false
function stop(cause: string): void {
  if (stopping) return
  stopping = true
  log.info({ cause }, 'stopping')
  setTimeout(() => process.exit(1), shutdownBoundMs).unref()
  server.close(async () => {
    await sql.end({ timeout: 5 })
    log.info('stopped')
  })
}
process.once('SIGTERM', () => stop('SIGTERM'))
process.once('SIGINT', () => stop('SIGINT'))
