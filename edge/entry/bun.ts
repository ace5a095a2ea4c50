// The edge on Bun: HTTP by Bun.serve, the rest as on Node.
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { createPrometheusMetrics } from '../metrics/prometheus.ts'
import { assembleEdge } from './assemble.ts'
import { endOnSignal } from './end.ts'
import { createPublisher } from './publisher.ts'

interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
  /** Resolves when the requests at hand are answered. */
  stop(): Promise<void>
}

/** What is used of Bun's own API. */
declare const Bun: {
  serve(options: {
    hostname: string
    port: number
    idleTimeout: number
    maxRequestBodySize: number
    fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  }): BunServer
}

const config = readConfig()
const log = pino({ name: 'edge', level: config.LOG_LEVEL })
const publisher = createPublisher(config, log)

const draining = endOnSignal({
  log,
  boundMs: config.DRAIN_TIMEOUT_MS,
  closeServer: () => server.stop(),
  closePublisher: publisher.close,
})

const edge = assembleEdge({
  config,
  publisher,
  metrics: createPrometheusMetrics,
  connectionAddress: (request, runtime) => (runtime as BunServer).requestIP(request)?.address ?? '',
  draining,
  log,
})

const server = Bun.serve({
  hostname: config.HOST,
  port: config.PORT,
  idleTimeout: 60,
  // Beyond it Bun would answer by itself; the edge's own, lower limit answers first.
  maxRequestBodySize: 2 * config.MAX_DECOMPRESSED_BYTES,
  fetch: edge.fetch,
})
log.info({ port: server.port }, 'listening')
