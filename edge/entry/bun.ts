// The edge on Bun: HTTP by Bun.serve, the rest as on Node.
import { assembleProcess } from './process.ts'

interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
  /** Resolves when the requests at hand are answered. */
  stop(): Promise<void>
}

/** The part of Bun's own API that is used here. */
declare const Bun: {
  serve(options: {
    hostname: string
    port: number
    idleTimeout: number
    maxRequestBodySize: number
    fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  }): BunServer
}

const { config, log, edge } = assembleProcess({
  connectionAddress: (request, runtime) => (runtime as BunServer).requestIP(request)?.address ?? '',
  close: () => server.stop(),
})

const options = {
  idleTimeout: 60,
  // Beyond it Bun would answer by itself; the edge's own, lower limit answers first.
  maxRequestBodySize: 2 * config.MAX_DECOMPRESSED_BYTES,
}
const server = Bun.serve({ ...options, hostname: config.HOST, port: config.PORT, fetch: edge.fetch })
log.info({ port: server.port }, 'listening')
const at = { hostname: config.ADMIN_HOST, port: config.ADMIN_PORT }
const admin = Bun.serve({ ...options, ...at, fetch: edge.adminFetch })
log.info({ adminPort: admin.port }, 'tells health and metrics')
