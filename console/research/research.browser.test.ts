// A researcher's way in a real browser, with a key that Chromium imitates: invitation, key, sign-in, notebook, and the way out. Console, API
// and database are real.
import { X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import { Hono } from 'hono'
import { pino } from 'pino'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createApi as createPlatformApi } from '../../core/api/app.ts'
import { createApiMetrics } from '../../core/api/metrics.ts'
import { authenticateByName } from '../../core/api/testing/callers.ts'
import { createTestStores } from '../../core/api/testing/stores.ts'
import type { Sql } from '../../core/engines/postgres/client/connect.ts'
import { createAccessStore } from '../../core/engines/postgres/research/access-store.ts'
import { createResearchAccess } from '../../core/research/access/access.ts'
import type { KeyModel } from '../../core/research/access/port.ts'
import { invitationSha256 } from '../../core/research/access/rules.ts'
import { researcherOf } from '../../core/research/access/sessions.ts'
import { looks, openBrowser, pressAt, violations, visit } from '../../testkit/browser.ts'
import { createTestDatabase } from '../../testkit/engines.ts'
import { createApi } from '../api.ts'
import { createConsole } from '../app.tsx'
import { createConsoleMetrics } from '../metrics.ts'
import type { ConsoleEnv } from '../port.ts'
import { createSealedCookies } from '../sign-in/sealed-cookie.ts'

/** What Chromium's imitated keys say of themselves. */
const aaguid = '01020304-0506-0708-0102-030405060708'
const [phone, deskAtNight] = [looks[0] as (typeof looks)[number], looks[3] as (typeof looks)[number]]
const undo: (() => unknown)[] = []
let browser: Browser
let url: string
let sql: Sql
let platform: ReturnType<typeof createPlatformApi>

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  let answer: (request: Request) => Response | Promise<Response> = () =>
    new Response('<!doctype html><title>keys</title>', { headers: { 'content-type': 'text/html' } })
  const server = createAdaptorServer({ fetch: (request) => answer(request) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Keys work at https or at this name alone.
  url = `http://localhost:${(server.address() as AddressInfo).port}`
  browser = await openBrowser(inject('chromium'))
  const policy = { origin: url, models: [await modelOfChromium()] }
  platform = createPlatformApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql, {
      researchers: createResearchAccess({ store: createAccessStore(sql), policy }),
    }),
    ...{ metrics: createApiMetrics(), log: pino({ level: 'error' }), stopping: new AbortController().signal },
  })
  answer = createConsole({
    api: createApi({ url: 'http://api', fetch: (request) => platform.request(request) }),
    signIn: {
      routes: new Hono<ConsoleEnv>(),
      required: async (c) => c.text('for riders', 401),
    },
    researchSession: createSealedCookies({ name: 'research', secret: 's'.repeat(32), isSecure: false }),
    ...{ publicUrl: url, metrics: createConsoleMetrics(), stopping: new AbortController().signal },
    log: { error: (...said: unknown[]) => console.error(...said) },
  }).fetch
  undo.push(
    () => browser.close(),
    () => server.close(),
    () => database.drop(),
  )
})
afterAll(async () => {
  for (const each of undo) await each()
})

/** Signed by a root that Chromium has built in; each certificate is new, and its root is its own subject and key. */
async function modelOfChromium(): Promise<KeyModel> {
  const { context, page } = await visit(browser, phone)
  await plugIn(page)
  await page.goto(url)
  const attestation = await page.evaluate(async () => {
    const credential = await navigator.credentials.create({
      publicKey: {
        ...{ challenge: new Uint8Array(16), rp: { name: 'test' }, attestation: 'direct' },
        user: { id: new Uint8Array(1), name: 'test', displayName: 'test' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      },
    })
    const { response } = (credential as PublicKeyCredential).toJSON() as RegistrationResponseJSON
    return response.attestationObject
  })
  await context.close()
  const [root = new Uint8Array()] =
    decodeAttestationObject(isoBase64URL.toBuffer(attestation)).get('attStmt').get('x5c') ?? []
  return { aaguid, name: 'Imitated key', roots: [Uint8Array.from(new X509Certificate(root).raw)] }
}

/** A hardware key for this page, touched whenever it blinks. */
async function plugIn(page: Page, options: object = {}): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable', { enableUI: false })
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'usb', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      ...options,
    },
  })
}

let invitations = 0
async function invite(): Promise<{ readonly code: string; readonly researcherId: string }> {
  const code = `0000-0000-0000-${String(invitations++).padStart(4, '0')}`
  const invitation = { sha256: invitationSha256(code), invitedBy: 'console:test', validMs: 3_600_000 }
  const { researcherId = '' } = (await createAccessStore(sql).invite({ name: 'Ada' }, invitation)) ?? {}
  return { code, researcherId }
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (page: Page, name: string) => pressAt(page.getByRole('button', { name }), 'Enter')

/** As people type, and Enter sends the form. */
async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByRole('textbox').focus()
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
}

async function register(page: Page): Promise<{ readonly researcherId: string }> {
  const { code, researcherId } = await invite()
  await page.goto(`${url}/research/register`)
  await typeCode(page, code.toLowerCase())
  await heading(page, 'Welcome, Ada')
  await press(page, 'Register my key')
  return { researcherId }
}

async function signIn(page: Page): Promise<void> {
  await heading(page, 'Sign in to research')
  await press(page, 'Sign in with my key')
  await heading(page, 'Research')
}

const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })
const ask = async (path: string, fields: Record<string, string>) => {
  const response = await platform.request(`/v1/research/access/${path}`, form(fields))
  return (await response.json()) as Readonly<Record<string, string>>
}
const poll = (code = '') =>
  ask('token', {
    ...{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code, client_id: 'pandas' },
  })

/** Keys are used up by nobody: each test has a browser and a key of its own. */
async function atDesk(
  look = phone,
  key: object = {},
): Promise<{ context: BrowserContext; page: Page; errors: readonly string[] }> {
  const { context, page, errors } = await visit(browser, look)
  await plugIn(page, key)
  return { context, page, errors }
}

test.each([phone, deskAtNight])(
  'by keyboard alone a researcher registers a key, signs in, approves a notebook and signs out: %o',
  async (look) => {
    const { context, page, errors } = await atDesk(look)
    const isFine = async () => {
      expect(await violations(page)).toEqual([])
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wider).toBeLessThanOrEqual(0)
    }
    await page.goto(`${url}/research`)
    await heading(page, 'Sign in to research')
    await pressAt(page.getByRole('link', { name: 'Register a key' }), 'Enter')
    await heading(page, 'Register a key')
    await isFine()
    const { researcherId } = await register(page)
    await page.getByText('Your key is registered.').waitFor()
    await isFine()
    await signIn(page)
    await page.getByText('You are signed in as Ada.').waitFor()
    await isFine()

    const notebook = await ask('device_authorization', { client_id: 'pandas' })
    expect(await poll(notebook.device_code)).toMatchObject({ error: 'authorization_pending' })
    await pressAt(page.getByRole('link', { name: 'Approve a notebook' }), 'Enter')
    await heading(page, 'Approve a notebook')
    await isFine()
    await typeCode(page, notebook.user_code ?? '')
    await heading(page, 'Is this your notebook?')
    await page.getByText('It calls itself “pandas”').waitFor()
    await isFine()
    await press(page, 'Approve it with my key')
    await heading(page, 'Approved')
    await sql`update researcher_devices set polled_at = polled_at - interval '1 minute'`
    const { access_token: token = '' } = await poll(notebook.device_code)
    expect(await researcherOf(sql, token, new Date())).toBe(researcherId)

    await page.goto(`${url}/research`)
    await page.getByText('A notebook, since').waitFor()
    await press(page, 'End the one since')
    await page.getByText('The session has ended.').waitFor()
    expect(await researcherOf(sql, token, new Date())).toBeUndefined()
    await press(page, 'Sign out')
    await page.getByText('You are signed out.').waitFor()
    expect(
      await sql`select from researcher_sessions where ended_at is null and ends_at > now()`,
    ).toHaveLength(0)
    await page.goto(`${url}/research`)
    await heading(page, 'Sign in to research')
    expect(errors).toEqual([])
    await context.close()
  },
)

test('a synced passkey is not registered, and the page says why', async () => {
  const { context, page } = await atDesk(phone, { defaultBackupEligibility: true, defaultBackupState: true })
  await register(page)
  await page.getByText('is no hardware key').waitFor()
  expect(await violations(page)).toEqual([])
  await context.close()
})

test('a key that is revoked as lost signs in no more', async () => {
  const { context, page } = await atDesk()
  await register(page)
  await signIn(page)
  await page.locator('summary', { hasText: 'It is lost' }).click()
  await press(page, 'Revoke the key of')
  // With the key its session has ended.
  await heading(page, 'Sign in to research')
  await press(page, 'Sign in with my key')
  await page.getByText('it was never registered here, or was revoked').waitFor()
  await context.close()
})
