import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { type CookieJar, createJar } from '../testing/cookie-jar.ts'
import { createSealedCookies, maxCookies } from './sealed-cookie.ts'

const secret = 's'.repeat(32)
const cookies = createSealedCookies({ name: 'session', secret, isSecure: false })

const appOf = (sealed = cookies, lifetimeS = 60) =>
  new Hono()
    .get('/write/:chars', async (c) =>
      c.json(await sealed.write(c, { text: 'x'.repeat(Number(c.req.param('chars'))) }, lifetimeS)),
    )
    .get('/remove', (c) => {
      sealed.remove(c)
      return c.json(true)
    })
    .get('/read', async (c) => c.json({ read: await sealed.read(c) }))

async function textIn(jar: CookieJar, app = appOf()): Promise<string | undefined> {
  const answer = await app.request('/read', { headers: jar.header() })
  return ((await answer.json()) as { read?: { text: string } }).read?.text
}

async function written(chars: number, app = appOf(), jar = createJar()) {
  jar.take(await app.request(`/write/${chars}`, { headers: jar.header() }))
  return jar
}

test('what was written is read, and nobody else can read it', async () => {
  const jar = await written(500)
  expect(jar.kept.size).toBe(1)
  expect([...jar.kept.values()].join('')).not.toContain('xxx')
  expect(await textIn(jar)).toBe('x'.repeat(500))
})

test('a token of many bikes takes several cookies of less than 4,096 bytes, and a later one of few bikes removes the rest', async () => {
  const answer = await appOf().request('/write/8192')
  const lines = answer.headers.getSetCookie()
  expect(lines.length).toBe(maxCookies)
  for (const line of lines) expect(line.length).toBeLessThan(4_096)
  const jar = await written(8_192)
  expect((await textIn(jar))?.length).toBe(8_192)
  await written(100, appOf(), jar)
  expect(jar.kept.size).toBe(1)
  expect((await textIn(jar))?.length).toBe(100)
})

test('more than fits is not written', async () => {
  const answer = await appOf().request('/write/20000')
  expect(await answer.json()).toBe(false)
  expect(answer.headers.getSetCookie()).toEqual([])
})

test('by https the cookie is held to the host', async () => {
  const answer = await appOf(createSealedCookies({ name: 'session', secret, isSecure: true })).request(
    '/write/1',
  )
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-session-0=.*; Max-Age=60; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ])
})

test.each([
  ['another secret', createSealedCookies({ name: 'session', secret: 't'.repeat(32), isSecure: false })],
  ['another name', createSealedCookies({ name: 'sign-in', secret, isSecure: false })],
])('a cookie under %s is not read', async (_, other) => {
  const jar = await written(10, appOf(other))
  for (const [name, value] of [...jar.kept]) jar.kept.set(name.replace('sign-in', 'session'), value)
  expect(await textIn(jar)).toBeUndefined()
})

test.each([
  ['a changed one', (value: string) => `${value.slice(0, -6)}AAAAAA`],
  ['words', () => 'words'],
])('%s is not read', async (_, change) => {
  const jar = await written(10)
  for (const [name, value] of [...jar.kept]) jar.kept.set(name, change(value))
  expect(await textIn(jar)).toBeUndefined()
})

test('one whose time is over is not read, though the browser kept it', async () => {
  const jar = await written(10, appOf(cookies, -1))
  expect(jar.kept.size).toBe(1)
  expect(await textIn(jar)).toBeUndefined()
})

test('removed is removed', async () => {
  const jar = await written(8_192)
  jar.take(await appOf().request('/remove', { headers: jar.header() }))
  expect(jar.kept.size).toBe(0)
})
