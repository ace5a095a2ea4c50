// The broker's HTTP auth backend: may this device log in, use that queue, publish or subscribe to that topic.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Logger } from 'pino'
import { readDeviceUser } from '../../engines/rabbitmq/device-user.ts'
import { type AccessRequest, type Check, denialOf } from './access.ts'
import type { GatekeeperMetrics } from './metrics.ts'
import type { DeviceRegistry } from './port.ts'
import type { RefusalNotes } from './refusal-notes.ts'
import { readRequest } from './request.ts'

export interface GatekeeperDeps {
  readonly registry: DeviceRegistry
  readonly refusals: RefusalNotes
  readonly metrics: GatekeeperMetrics
  readonly log: Pick<Logger, 'info' | 'error'>
}

const checks = ['user', 'vhost', 'resource', 'topic'] as const satisfies readonly Check[]
// An MQTT topic has at most 65,535 bytes, each of which may come as %XX.
const maxBodyBytes = 256 * 1024

/**
 * Answers 200 with `allow` or `deny`. Without the registry there is no decision: 503, which the broker takes for a
 * refusal and never keeps in its cache. So it fails closed, and all is well as soon as the registry is back.
 */
export function createGatekeeper({ registry, refusals, metrics, log }: GatekeeperDeps): Hono {
  const app = new Hono()

  const answer = (check: Check) => async (c: Context) => {
    const answered = metrics.begin()
    try {
      return await decide(check, c)
    } finally {
      answered()
    }
  }

  async function decide(check: Check, c: Context): Promise<Response> {
    const form = c.req.method === 'POST' ? await c.req.text() : new URL(c.req.url).search
    const asked = readRequest(check, new URLSearchParams(form))
    if (asked === undefined) {
      metrics.failure('unreadable')
      return c.text('a field is missing\n', 400)
    }
    const verdict = (await denial(asked)) ?? 'allowed'
    metrics.decision(check, verdict)
    if (verdict !== 'allowed') log.info({ ...described(asked), verdict }, 'denied')
    return c.text(verdict === 'allowed' ? 'allow' : 'deny')
  }

  async function denial(asked: AccessRequest) {
    // Nobody else's name is a device's: the registry is asked for those only.
    const user = readDeviceUser(asked.username)
    const device = user && (await registry.find(user))
    const reason = denialOf(asked, device)
    if (device && reason !== undefined) refusals.note({ deviceId: user.deviceId, asked, reason })
    return reason
  }

  const tooLong = (c: Context) => {
    metrics.failure('unreadable')
    return c.text('the question is too long\n', 413)
  }
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLong }))
  for (const check of checks) app.on(['GET', 'POST'], `/${check}`, answer(check))

  app.onError((error, c) => {
    metrics.failure('registry_away')
    log.error({ err: error, path: c.req.path }, 'no decision: the registry does not answer')
    return c.text('the registry does not answer\n', 503)
  })
  return app
}

/** For the log: never the password. Names may be anything a device has made up, so they are cut. */
function described(asked: AccessRequest) {
  const shown = Object.entries(asked).filter(([name]) => name !== 'password')
  return Object.fromEntries(shown.map(([name, value]) => [name, value?.slice(0, 200)]))
}
