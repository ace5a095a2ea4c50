// The edge on Node: HTTP by node:http, tracks to Kafka (or to another edge), orderly end on SIGTERM and SIGINT.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { assembleEdge } from './assemble.ts'
import { createPublisher } from './publisher.ts'

const config = readConfig()
const log = pino({ name: 'edge', level: config.LOG_LEVEL })
const publisher = createPublisher(config, log)
let draining = false

const edge = assembleEdge({
  config,
  publisher,
  connectionAddress: (_request, runtime) =>
    (runtime as { incoming: IncomingMessage }).incoming.socket.remoteAddress ?? '',
  draining: () => draining,
  log,
  processMetrics: true,
})

const headersTimeoutMs = 10_000
const server = createAdaptorServer({
  fetch: edge.fetch,
  hostname: config.HOST,
  serverOptions: {
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs + config.BODY_TIMEOUT_MS,
    connectionsCheckingInterval: 5_000,
    keepAliveTimeout: 65_000,
  },
}) as Server

server.once('error', (error) => {
  log.fatal({ err: error }, 'cannot listen')
  process.exit(1)
})
server.listen(config.PORT, config.HOST, () => {
  log.info({ port: (server.address() as AddressInfo).port }, 'listening')
})

/** Not ready any more, no new connections; uploads at hand end and reach Kafka, within the bound. */
async function end(cause: string): Promise<void> {
  if (draining) return
  draining = true
  log.info({ cause }, 'draining')
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const bound = sleep(config.DRAIN_TIMEOUT_MS, 'late' as const, { ref: false })
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const drained = await Promise.race([closed, bound])
  clearInterval(idle)
  if (drained === 'late') log.warn({ inFlightBytes: edge.inFlightBytes() }, 'drained too slowly')
  server.closeAllConnections()
  await Promise.race([publisher.close(), bound])
  log.info('stopped')
  process.exit(0)
}

process.once('SIGTERM', () => void end('SIGTERM'))
process.once('SIGINT', () => void end('SIGINT'))
