// The edge on Deno: HTTP by Deno.serve, the rest as on Node.
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { createPrometheusMetrics } from '../metrics/prometheus.ts'
import { assembleEdge } from './assemble.ts'
import { endOnSignal } from './end.ts'
import { createPublisher } from './publisher.ts'

interface ServeInfo {
  readonly remoteAddr: { readonly hostname: string }
}

/** What is used of Deno's own API. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request, info: ServeInfo) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> }
}

const config = readConfig()
const log = pino({ name: 'edge', level: config.LOG_LEVEL })
const publisher = createPublisher(config, log)

const draining = endOnSignal({
  log,
  boundMs: config.DRAIN_TIMEOUT_MS,
  closeServer: () => server.shutdown(),
  closePublisher: publisher.close,
})

const edge = assembleEdge({
  config,
  publisher,
  metrics: createPrometheusMetrics,
  connectionAddress: (_request, runtime) => (runtime as ServeInfo).remoteAddr.hostname,
  draining,
  log,
})

const server = Deno.serve(
  {
    hostname: config.HOST,
    port: config.PORT,
    onListen: ({ port }) => log.info({ port }, 'listening'),
  },
  edge.fetch,
)
