// The edge on Deno: HTTP by Deno.serve, the rest as on Node.
import { assembleProcess } from './process.ts'

interface ServeInfo {
  readonly remoteAddr: { readonly hostname: string }
}

/** The part of Deno's own API that is used here. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request, info: ServeInfo) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> }
}

const { config, log, edge } = assembleProcess({
  connectionAddress: (_request, runtime) => (runtime as ServeInfo).remoteAddr.hostname,
  close: () => server.shutdown(),
})

const server = Deno.serve(
  {
    hostname: config.HOST,
    port: config.PORT,
    onListen: ({ port }) => log.info({ port }, 'listening'),
  },
  edge.fetch,
)

Deno.serve(
  {
    hostname: config.ADMIN_HOST,
    port: config.ADMIN_PORT,
    onListen: ({ port }) => log.info({ adminPort: port }, 'tells health and metrics'),
  },
  edge.adminFetch,
)
