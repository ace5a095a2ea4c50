import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, expect, test, vi } from 'vitest'
import { readIssuerKey } from '../../infra/local/issuer/key.ts'
import { createIssuer } from '../../infra/local/issuer/server.ts'
import type { ConsoleEnv } from '../port.ts'
import { createJar } from '../testing/cookie-jar.ts'
import { type SignInSettings, signIn } from './sign-in.tsx'

const dir = await mkdtemp(join(tmpdir(), 'sign-in-'))
const key = await readIssuerKey(join(dir, 'key.json'))
const quiet = { warn: vi.fn(), error: vi.fn() }
const servers: Server[] = []
afterAll(async () => {
  for (const server of servers) server.close()
  await rm(dir, { recursive: true })
})

async function listening(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const newIssuer = () =>
  listening(
    createIssuer({
      ...{
        key,
        accessTokens: { issuer: 'development', audience: 'platform' },
        apiUrl: undefined,
        log: quiet,
      },
    }),
  )
const issuerUrl = await newIssuer()
const publicUrl = 'http://127.0.0.1:4000'
const settings: SignInSettings = {
  ...{ issuerUrl, publicUrl, clientId: 'console', scope: 'openid profile' },
  ...{ sessionSecret: 's'.repeat(32), log: quiet },
}

/** A browser before the console: it keeps cookies, and follows by itself only to the page of a failure. */
function openBrowser(changes: Partial<SignInSettings> = {}) {
  const { routes, required, registry } = signIn({ ...settings, ...changes })
  const app = new Hono<ConsoleEnv>()
    .route('/', routes)
    .use(required)
    .all('*', (c) => c.json(c.get('session')))
  const jar = createJar()
  return {
    jar,
    async ask(path: string, init: RequestInit = {}): Promise<Response> {
      const response = await app.request(new URL(path, publicUrl).href, {
        ...init,
        headers: { ...jar.header(), ...init.headers },
      })
      jar.take(response)
      const to = response.headers.get('location') ?? ''
      return to.startsWith('/sign-in/failed') ? this.ask(to) : response
    },
    outcomes: async () => {
      const [metric] = await registry.getMetricsAsJSON()
      return metric?.values.filter(({ value }) => value > 0).map(({ labels }) => labels.outcome)
    },
  }
}
type Browser = ReturnType<typeof openBrowser>

/** From the page that needs a session to the login service: its address. */
async function begin(browser: Browser, path = '/rides?month=2026-11'): Promise<URL> {
  const first = await browser.ask(path)
  expect(first.status).toBe(302)
  const second = await browser.ask(first.headers.get('location') ?? '')
  expect(second.status).toBe(302)
  return new URL(second.headers.get('location') ?? '')
}

/** Answers the login service's page; the address that it sends the browser back to. */
async function decide(authorize: URL, answer: Record<string, string>): Promise<string> {
  const body = new URLSearchParams([...authorize.searchParams, ...Object.entries(answer)])
  const response = await fetch(authorize.origin + authorize.pathname, {
    method: 'POST',
    body,
    redirect: 'manual',
  })
  return response.headers.get('location') ?? ''
}

async function signedIn(browser = openBrowser()): Promise<Browser> {
  const back = await browser.ask(await decide(await begin(browser), { subject: 'anna' }))
  expect(back.status).toBe(303)
  return browser
}

test('whoever asks for a page signs in and comes back to it, with a token of the API', async () => {
  const browser = openBrowser()
  const authorize = await begin(browser)
  expect(authorize.origin).toBe(issuerUrl)
  expect(authorize.searchParams.get('code_challenge_method')).toBe('S256')
  const back = await browser.ask(await decide(authorize, { subject: 'anna' }))
  expect(back.headers.get('location')).toBe('/rides?month=2026-11')
  const session = (await (await browser.ask('/rides')).json()) as Record<string, string>
  expect(session).toMatchObject({ riderId: 'anna', name: 'anna' })
  expect(session.accessToken?.split('.').length).toBe(3)
  expect([...browser.jar.kept.keys()]).toEqual(['session-0'])
  expect(await browser.outcomes()).toEqual(['signed_in'])
})

test('the session ends before the token does, and after eight hours at the latest', async () => {
  const browser = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_580_000 })
  try {
    expect((await browser.ask('/rides')).status).toBe(200)
    vi.setSystemTime(Date.now() + 11_000)
    expect((await browser.ask('/rides')).status).toBe(302)
  } finally {
    vi.useRealTimers()
  }
})

test('signing out forgets the session', async () => {
  const browser = await signedIn()
  const out = await browser.ask('/sign-out', { method: 'POST' })
  expect(out.headers.get('location')).toBe('/signed-out')
  expect(browser.jar.kept.size).toBe(0)
  expect(await (await browser.ask('/signed-out')).text()).toContain('You are signed out.')
  expect((await browser.ask('/')).status).toBe(302)
})

test('a form or a script without a session is told, not sent away', async () => {
  const form = await openBrowser().ask('/sharing', { method: 'POST' })
  expect(form.status).toBe(403)
  expect(await form.text()).toContain('What you sent was not carried out.')
  const script = await openBrowser().ask('/bikes/1/live', { headers: { 'sec-fetch-mode': 'cors' } })
  expect(script.status).toBe(401)
})

test('who comes back to another browser, or twice, is not signed in', async () => {
  const [anna, thief] = [openBrowser(), openBrowser()]
  const back = await decide(await begin(anna), { subject: 'anna' })
  await begin(thief)
  const stolen = await thief.ask(back)
  expect(stolen.status).toBe(400)
  expect(await stolen.text()).toContain('This sign-in has expired.')
  expect((await anna.ask(back)).status).toBe(303)
  expect((await anna.ask(back)).status).toBe(400)
})

test('an answer of another login service is not verified', async () => {
  const browser = openBrowser()
  const back = new URL(await decide(await begin(browser), { subject: 'anna' }))
  back.searchParams.set('code', 'made up')
  const answer = await browser.ask(back.href)
  expect(answer.status).toBe(400)
  expect(await browser.outcomes()).toEqual(['stale'])
})

test('who cancels reads so, and can try again', async () => {
  const browser = openBrowser()
  const answer = await browser.ask(await decide(await begin(browser), { decision: 'cancel' }))
  const page = await answer.text()
  expect(page).toContain('You cancelled the sign-in.')
  expect(page).toContain('href="/sign-in?to=%2Frides%3Fmonth%3D2026-11"')
})

test('a login service that is away or broken has its page', async () => {
  const broken = createServer((_, response) => response.writeHead(502).end('bad gateway'))
  const browser = openBrowser({ issuerUrl: await listening(broken) })
  for (const failing of [browser, openBrowser({ issuerUrl: 'http://127.0.0.1:9' })]) {
    const answer = await failing.ask('/sign-in')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('The login service does not answer.')
    expect(await failing.outcomes()).toEqual(['away'])
  }
})

test('a login service that comes back is asked again', async () => {
  const before = await listening(createServer((_, response) => response.writeHead(503).end()))
  const browser = openBrowser({ issuerUrl: before })
  expect((await browser.ask('/sign-in')).status).toBe(503)
  const server = servers.at(-1) as Server
  server.removeAllListeners('request')
  const issuer = createIssuer({
    ...{ key, accessTokens: { issuer: 'development', audience: 'platform' }, apiUrl: undefined, log: quiet },
  })
  issuer.address = () => server.address()
  server.on('request', (request, response) => issuer.emit('request', request, response))
  expect((await browser.ask('/sign-in')).status).toBe(302)
})

test('what is no answer of a login service signs nobody in', async () => {
  const odd = await listening(createServer((_, response) => response.end('{"issuer":"another"}')))
  const answer = await openBrowser({ issuerUrl: odd }).ask('/sign-in')
  expect(answer.status).toBe(503)
  expect(await answer.text()).not.toContain('another')
})

test('whoever is refused right after the sign-in does not go round in circles', async () => {
  const browser = await signedIn()
  const again = await browser.ask('/sign-in')
  expect(again.status).toBe(403)
  expect(await again.text()).toContain('The platform does not accept your sign-in.')
})

test.each([
  [{ issuerUrl: 'http://login.example' }, 'the login service must be reached by https'],
  [{ publicUrl: 'http://my.example' }, 'the console must be reached by https'],
])('%o is refused at the start', (changes, words) => {
  expect(() => openBrowser(changes)).toThrow(words)
})

test('by https cookies are held to the host and to https', async () => {
  const { routes } = signIn({ ...settings, publicUrl: 'https://my.example' })
  const answer = await routes.request('https://my.example/sign-in')
  expect(answer.headers.get('set-cookie')).toMatch(/^__Host-sign-in-0=.*HttpOnly; Secure; SameSite=Lax$/)
})
