// The listeners of a process: those at which services answer others, and one of its own for health, readiness and metrics, to which
// no address of a service leads.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Registry } from 'prom-client'
import { exposeProcess, metricsText } from './metrics.ts'
import { takenPort } from './transport.ts'

/** Answers HTTP. `runtime` tells of the connection. */
export type Fetch = (request: Request, runtime?: object) => Response | Promise<Response>

interface ListenAt {
  readonly host: string
  /** 0 picks one. */
  readonly port: number
  /** That names the port, such as `API_PORT`. */
  readonly setting: string
  readonly isDraining: () => boolean
}

interface Listener {
  readonly port: number
  /** Takes no new connections; resolves when the requests at hand are answered. */
  close(): Promise<void>
}

/** Whoever sends slowly, head or body, is cut off. */
const slowest = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }
const sweepEveryMs = 50

/** Rejects with a ConfigurationError when the port is taken. */
export async function listen(
  answer: Fetch,
  { host, port, setting, isDraining }: ListenAt,
): Promise<Listener> {
  const fetch = async (request: Request, runtime: object) => {
    const response = await answer(request, runtime)
    if (isDraining()) response.headers.set('connection', 'close')
    return response
  }
  const server = createAdaptorServer({ fetch, serverOptions: slowest }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(takenPort(error, setting)))
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      // Kept-alive connections end as soon as they have nothing to answer.
      const sweeper = setInterval(() => server.closeIdleConnections(), sweepEveryMs)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearInterval(sweeper)
    },
  }
}

/** What the process tells of a service. */
interface Told {
  readonly name: string
  readonly registries: readonly Registry[]
  /** Why it cannot work at the moment; undefined when it can. */
  trouble(): string | undefined
  /** Why it answers in part only. */
  lack(): string | undefined
}

interface AdminOf {
  /** The process's name, as its metrics have it in their label `worker`. */
  readonly name: string
  readonly services: readonly Told[]
  readonly isDraining: () => boolean
}

/** `/healthz` (it lives), `/readyz` (all can work), `/readyz/NAME` (that service can), `/metrics`. */
export function createAdmin({ name, services, isDraining }: AdminOf): Fetch {
  const own = new Registry()
  exposeProcess(own, name)
  const registries = [own, ...services.flatMap((service) => service.registries)]
  return async ({ url }) => {
    const { pathname } = new URL(url)
    if (pathname === '/healthz') return new Response('ok\n')
    if (pathname === '/metrics')
      return new Response(await metricsText(registries), { headers: { 'content-type': own.contentType } })
    const asked = services.filter((each) => pathname === '/readyz' || pathname === `/readyz/${each.name}`)
    if (asked.length === 0) return new Response('not found\n', { status: 404 })
    const { status, text } = readiness(asked, isDraining())
    return new Response(text, { status })
  }
}

/**
 * 200 when every service of the process is ready, else 503; with a line a service where there are several. A service that can answer in
 * part is ready, and its line names the engine that it lacks: `ready, without Elasticsearch: connection refused`.
 */
export function readiness(
  services: readonly Omit<Told, 'registries'>[],
  isDraining: boolean,
): { status: 200 | 503; text: string } {
  const states = services.map(({ name, trouble, lack }) => {
    const lacking = lack()
    const ready = lacking === undefined ? 'ready' : `ready, without ${lacking}`
    return { name, trouble: isDraining ? 'draining' : trouble(), ready }
  })
  const line = ({ name, ready, trouble = ready }: (typeof states)[number]) =>
    states.length === 1 ? `${trouble}\n` : `${name}: ${trouble}\n`
  return {
    status: states.every(({ trouble }) => trouble === undefined) ? 200 : 503,
    text: states.map(line).join(''),
  }
}
