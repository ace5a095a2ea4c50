// The frame around all pages: headers, forms from elsewhere, assets, the size of the first load, live states.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { assetAt } from './assets.ts'
import { createTestConsole } from './testing/console.ts'
import { bikeIds } from './testing/fake-api.ts'

const console_ = createTestConsole()
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  console_.request(path, { headers })

test('a page may load nothing from elsewhere, and is in nobody’s frame or cache', async () => {
  const { headers } = await get('/')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('same-origin')
})

test('no page has a style or a script in itself', async () => {
  const text = await (await get('/')).text()
  expect(text).not.toMatch(/ style=| on[a-z]+="|<style|<script(?! type="module" src="\/assets\/)/)
})

test.each([
  [{ origin: 'https://elsewhere.example' }, 403],
  [{ origin: 'null' }, 403],
  [{}, 403],
  [{ origin: 'http://localhost' }, 404],
])('a form with %o is answered %i', async (headers, status) => {
  const body = new URLSearchParams({ name: 'mine' })
  const response = await console_.request('/nowhere', { method: 'POST', headers, body })
  expect(response.status).toBe(status)
})

test('a body of more than 4 MB is refused with a sentence', async () => {
  const body = new URLSearchParams({ name: 'x'.repeat(4_000_001) })
  const headers = { origin: 'http://localhost', 'content-length': '4000010' }
  const response = await console_.request('/nowhere', { method: 'POST', headers, body })
  expect(await response.text()).toContain('larger than 4 MB')
})

/** Addresses of assets in a page or script. */
const assetsIn = (text: string) =>
  [...text.matchAll(/['"](\/assets\/[^'"]+)['"]/g)].map(([, address = '']) => address)

/** In bytes, compressed as a server does: the page, all that it loads, and the data of its charts. */
async function firstLoad(path: string): Promise<number> {
  const texts = [await (await get(path)).text()]
  const seen = new Set<string>()
  for (let next = assetsIn(texts[0] ?? ''); next.length > 0; ) {
    const fresh = [...new Set(next)].filter((address) => !seen.has(address))
    for (const address of fresh) seen.add(address)
    const loaded = fresh.map((address) => assetAt(address)?.text ?? '')
    texts.push(...loaded)
    next = loaded.flatMap(assetsIn)
  }
  if (texts[0]?.includes('data-ride')) texts.push(await (await get(`${path}/streams`)).text())
  return texts.reduce((sum, text) => sum + gzipSync(text).length, 0)
}

test.each(['/', '/rides', '/rides/ride-1', `/bikes/${bikeIds[0]}`])(
  'the first load of %s takes less than 60 kB',
  async (path) => {
    const bytes = await firstLoad(path)
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThan(60_000)
  },
)

test('an asset stays in the browser for ever, and one of another content has another address', async () => {
  const [style = ''] = assetsIn(await (await get('/')).text()).filter((address) => address.endsWith('.css'))
  const found = await get(style)
  expect(found.headers.get('cache-control')).toContain('immutable')
  expect(found.headers.get('content-type')).toContain('text/css')
  expect((await get(style.replace(/\.[0-9a-f]{10}\./, '.0000000000.'))).status).toBe(404)
})

test('a live state is passed on, and a rider has eight at most until one ends', async () => {
  const follow = () => get(`/live/${bikeIds[0]}`)
  const first = await follow()
  expect(first.headers.get('content-type')).toBe('text/event-stream')
  const reader = first.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  expect(new TextDecoder().decode(value)).toContain('"state_of_charge_pct":81')
  const others = await Promise.all(Array.from({ length: 7 }, follow))
  expect((await follow()).status).toBe(429)
  await reader?.cancel()
  await expect.poll(async () => (await follow()).status).toBe(200)
  for (const other of others) await other.body?.cancel()
})

test('a live state ends when the process does', { timeout: 20_000 }, async () => {
  const stop = new AbortController()
  const response = await createTestConsole({}, undefined, stop.signal).request(`/live/${bikeIds[0]}`)
  const reader = response.body?.getReader()
  await reader?.read()
  stop.abort()
  expect(await reader?.read()).toMatchObject({ done: true })
})
