// The edge on Node: HTTP by node:http, tracks to Kafka, or to another edge where FORWARD_URL says so.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { assembleProcess, endWhereTaken } from './process.ts'

const headersTimeoutMs = 10_000

const { config, log, edge } = assembleProcess({
  connectionAddress: (_request, runtime) =>
    (runtime as { incoming: IncomingMessage }).incoming.socket.remoteAddress ?? '',
  close: () => closeServer(server),
})

const slowest = {
  // Whoever sends slowly, head or body, is cut off.
  headersTimeout: headersTimeoutMs,
  requestTimeout: headersTimeoutMs + config.BODY_TIMEOUT_MS,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
}
const server = createAdaptorServer({ fetch: edge.fetch, serverOptions: slowest }) as Server
const admin = createAdaptorServer({ fetch: edge.adminFetch, serverOptions: slowest }) as Server

log.info({ port: await listen(server, config.HOST, 'PORT') }, 'listening')
log.info({ adminPort: await listen(admin, config.ADMIN_HOST, 'ADMIN_PORT') }, 'tells health and metrics')

/** The port. A process that cannot listen ends; with exit code 2 where the port that the setting names is taken. */
async function listen(server: Server, host: string, setting: 'PORT' | 'ADMIN_PORT'): Promise<number> {
  await new Promise<void>((resolve) => {
    server.once('error', (error) => {
      endWhereTaken(error, setting)
      log.fatal({ err: error }, 'cannot listen')
      process.exit(1)
    })
    server.listen(config[setting], host, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Kept-alive connections end as soon as they have nothing to answer. */
async function closeServer(server: Server): Promise<void> {
  const sweeper = setInterval(() => server.closeIdleConnections(), 50)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(sweeper)
}
