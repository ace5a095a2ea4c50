// The sign-in in a real browser, before the development issuer and the fake API.
import { mkdtemp, rm } from 'node:fs/promises'
import type { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readIssuerKey } from '../../infra/local/issuer/key.ts'
import { createIssuer } from '../../infra/local/issuer/server.ts'
import { looks, openBrowser, violations, visit } from '../../testkit/browser.ts'
import { createApi } from '../api.ts'
import { createConsole } from '../app.tsx'
import { createConsoleMetrics } from '../metrics.ts'
import { createFakeApi } from '../testing/fake-api.ts'
import { createSealedCookies } from './sealed-cookie.ts'
import { signIn } from './sign-in.tsx'

const quiet = { warn: () => undefined, error: () => undefined }
const [phone, deskAtNight] = [looks[0] as (typeof looks)[number], looks[3] as (typeof looks)[number]]
const undo: (() => unknown)[] = []
let browser: Browser
let publicUrl: string

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sign-in-'))
  const issuer = createIssuer({
    key: await readIssuerKey(join(dir, 'key.json')),
    accessTokens: { issuer: 'development', audience: 'platform' },
    ...{ apiUrl: undefined, log: quiet },
  })
  const listening = (server: ReturnType<typeof createServer>) =>
    new Promise<string>((resolve) =>
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      ),
    )
  const issuerUrl = await listening(issuer)
  // Its own address is a setting of the console: known when the port is.
  let answer: (request: Request) => Response | Promise<Response>
  const server = createAdaptorServer({ fetch: (request) => answer(request) })
  publicUrl = await listening(server as ReturnType<typeof createServer>)
  const fake = createFakeApi()
  answer = createConsole({
    api: createApi({ url: 'http://api', fetch: (request, init) => fake.request(request, init) }),
    signIn: signIn({
      ...{ issuerUrl, publicUrl, clientId: 'console', scope: 'openid', log: quiet },
      sessionSecret: 's'.repeat(32),
    }),
    researchSession: createSealedCookies({ name: 'research', secret: 's'.repeat(32), isSecure: false }),
    ...{ publicUrl, metrics: createConsoleMetrics(), log: quiet },
    stopping: new AbortController().signal,
  }).fetch
  browser = await openBrowser(inject('chromium'))
  undo.push(
    () => browser.close(),
    () => server.close(),
    () => issuer.close(),
    () => rm(dir, { recursive: true }),
  )
})
afterAll(async () => {
  for (const each of undo) await each()
})

test('by keyboard alone a rider signs in and comes back to the page that was asked for', async () => {
  const { context, page, foreign, errors } = await visit(browser, phone)
  await page.goto(`${publicUrl}/?from=receipt`)
  expect(await page.title()).toBe('Sign in · development issuer')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${publicUrl}/?from=receipt`)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('My bikes')
  expect(foreign).toEqual([])
  expect(errors).toEqual([])
  expect((await context.cookies()).map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toContainEqual({
    httpOnly: true,
    sameSite: 'Lax',
  })
  await context.close()
})

test.each([phone, deskAtNight])('the pages of the sign-in are accessible: %o', async (look) => {
  const { context, page } = await visit(browser, look)
  await page.goto(`${publicUrl}/rides`)
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Sign in as this rider' }).click()
  expect(await page.getByLabel('Another rider’s id').getAttribute('aria-invalid')).toBe('true')
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('You cancelled the sign-in.').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Another rider’s id').fill('anna')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${publicUrl}/rides`)
  await context.close()
})
