// Health, readiness and metrics of a process, for a listener of their own: no address of a service leads there.
import { Registry } from 'prom-client'
import { exposeProcess, metricsText } from './metrics.ts'
import type { Fetch, RunningService } from './service.ts'

interface AdminOf {
  /** The process's name, as its metrics have it in their label `worker`. */
  readonly name: string
  readonly services: readonly Pick<RunningService, 'name' | 'trouble' | 'registries'>[]
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

/** Ready are all or none: 200 or 503, with a line a service where there are several. */
export function readiness(
  services: readonly Pick<RunningService, 'name' | 'trouble'>[],
  isDraining: boolean,
): { status: 200 | 503; text: string } {
  const states = services.map(({ name, trouble }) => ({ name, trouble: isDraining ? 'draining' : trouble() }))
  const line = ({ name, trouble = 'ready' }: (typeof states)[number]) =>
    states.length === 1 ? `${trouble}\n` : `${name}: ${trouble}\n`
  return {
    status: states.every(({ trouble }) => trouble === undefined) ? 200 : 503,
    text: states.map(line).join(''),
  }
}
