// The console before the fake API, with a rider who is signed in.
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { createApi } from '../api.ts'
import { createConsole } from '../app.tsx'
import { createConsoleMetrics } from '../metrics.ts'
import type { ConsoleEnv } from '../port.ts'
import { createSealedCookies } from '../sign-in/sealed-cookie.ts'
import { createFakeApi, type Instead } from './fake-api.ts'

const session = { riderId: 'anna', name: 'Anna', accessToken: 'anna' }

export function createTestConsole(
  instead: Instead = {},
  publicUrl = 'http://localhost',
  stopping = new AbortController().signal,
): Hono<ConsoleEnv> {
  const fake = createFakeApi(instead)
  return createConsole({
    api: createApi({
      ...{ url: 'http://api', timeoutMs: 5_000 },
      fetch: (request, { signal }) => Promise.race([fake.request(request, { signal }), abortOf(signal)]),
    }),
    signIn: {
      routes: new Hono<ConsoleEnv>().get('/sign-in', (c) => c.text('sign in')),
      required: async (c, next) => {
        c.set('session', session)
        await next()
      },
    },
    researchSession: createSealedCookies({ name: 'research', secret: 's'.repeat(32), isSecure: false }),
    publicUrl,
    metrics: createConsoleMetrics(),
    stopping,
    log: { error: (...said: unknown[]) => console.error(...said) },
  })
}

/** Rejects when the signal is raised, as `fetch` does. Node may collect the signal of a request that nobody keeps as garbage. */
const abortOf = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** The same for a browser, at an address of this machine. */
export async function serveTestConsole(): Promise<{ readonly url: string; close(): void }> {
  // Its own address is a setting of the console: known when the port is.
  let answer: (request: Request) => Response | Promise<Response>
  const server = createAdaptorServer({ fetch: (request) => answer(request) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  answer = createTestConsole({}, url).fetch
  return { url, close: () => void server.close() }
}
