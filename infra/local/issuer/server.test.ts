import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, expect, test, vi } from 'vitest'
import { demonstration } from '../demonstration.ts'
import { readIssuerKey } from './key.ts'
import { createIssuer } from './server.ts'

const dir = await mkdtemp(join(tmpdir(), 'issuer-'))
const server = createIssuer({
  key: await readIssuerKey(join(dir, 'key.json')),
  accessTokens: { issuer: 'development', audience: 'platform' },
  apiUrl: undefined,
  log: { warn: vi.fn(), error: vi.fn() },
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(async () => {
  server.close()
  await rm(dir, { recursive: true })
})

const back = 'http://127.0.0.1:4000/sign-in/back?page=1'
const verifier = 'v'.repeat(43)
const asked = {
  ...{ response_type: 'code', scope: 'openid', client_id: 'console', redirect_uri: back },
  ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url') },
  ...{ code_challenge_method: 'S256', state: 'a state', nonce: 'a nonce' },
}

const post = (path: string, form: Record<string, string>) =>
  fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
const visit = (query: Record<string, string>) =>
  fetch(`${url}/authorize?${new URLSearchParams(query)}`, { redirect: 'manual' })
const locationOf = (response: Response) => new URL(response.headers.get('location') ?? '')

async function obtainCode(subject = 'rider-1'): Promise<string> {
  const answer = await post('/authorize', { ...asked, subject })
  expect(answer.status).toBe(303)
  return locationOf(answer).searchParams.get('code') ?? ''
}

const redeem = (code: string, changes: Record<string, string> = {}) =>
  post('/token', {
    ...{ grant_type: 'authorization_code', code, client_id: 'console', redirect_uri: back },
    ...{ code_verifier: verifier, ...changes },
  })

test('describes itself at its own address', async () => {
  const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json()
  expect(metadata).toMatchObject({
    issuer: url,
    token_endpoint: `${url}/token`,
    code_challenge_methods_supported: ['S256'],
  })
})

test('a page offers the demonstration rider, and may send its answer to the application only', async () => {
  const page = await visit(asked)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:4000;")
  expect(await page.text()).toContain(`name="subject" value="${demonstration.rider}"`)
})

test('whoever signs in goes back with a code and the state, and the code gives an access and an ID token', async () => {
  const answer = await post('/authorize', { ...asked, subject: ' rider-1 ' })
  const to = locationOf(answer)
  expect(`${to.origin}${to.pathname}`).toBe('http://127.0.0.1:4000/sign-in/back')
  expect(to.searchParams.get('page')).toBe('1')
  expect(to.searchParams.get('state')).toBe('a state')
  const given = (await (await redeem(to.searchParams.get('code') ?? '')).json()) as Record<string, string>
  const keys = createRemoteJWKSet(new URL(`${url}/jwks.json`))
  const identity = await jwtVerify(given.id_token ?? '', keys, { issuer: url, audience: 'console' })
  expect(identity.payload).toMatchObject({ sub: 'rider-1', nonce: 'a nonce' })
  const access = await jwtVerify(given.access_token ?? '', keys, {
    issuer: 'development',
    audience: 'platform',
  })
  expect(access.payload).toMatchObject({ sub: 'rider-1', bikes: [] })
  expect(given.expires_in).toBe(3_600)
})

test('a code is of use once', async () => {
  const code = await obtainCode()
  expect((await redeem(code)).status).toBe(200)
  expect(await (await redeem(code)).json()).toMatchObject({ error: 'invalid_grant' })
})

test.each([
  ['verifier', { code_verifier: 'w'.repeat(43) }],
  ['address', { redirect_uri: 'http://127.0.0.1:4000/' }],
  ['client', { client_id: 'other' }],
])('a code with another %s gives nothing, and is used up', async (_, change) => {
  const code = await obtainCode()
  expect(await (await redeem(code, change)).json()).toMatchObject({ error: 'invalid_grant' })
  expect((await redeem(code)).status).toBe(400)
})

test.each([
  'https://shop.example/back',
  'http://shop.example/back',
  'http://127.0.0.1.shop.example/',
  'http://127.0.0.1@shop.example/',
  'javascript:alert(1)',
  'not an address',
])('nobody is sent to %s', async (redirect_uri) => {
  for (const answer of [
    await visit({ ...asked, redirect_uri }),
    await post('/authorize', { ...asked, redirect_uri, subject: 'rider-1' }),
  ]) {
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('only applications on this machine')
  }
})

test.each([
  ['no proof key', { code_challenge: '' }, 'invalid_request'],
  ['a plain proof key', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['another flow', { response_type: 'token' }, 'unsupported_response_type'],
  ['no OpenID Connect', { scope: 'profile' }, 'invalid_scope'],
])('%s is told to the application', async (_, change, error) => {
  const to = locationOf(await visit({ ...asked, ...change }))
  expect(to.searchParams.get('error')).toBe(error)
  expect(to.searchParams.get('state')).toBe('a state')
})

test('who cancels goes back without a code', async () => {
  const to = locationOf(await post('/authorize', { ...asked, decision: 'cancel' }))
  expect(to.searchParams.get('error')).toBe('access_denied')
})

test('a rider without an id is asked again, and foreign words stay words', async () => {
  const answer = await post('/authorize', { ...asked, state: '"><script>', subject: ' ' })
  expect(answer.status).toBe(400)
  const page = await answer.text()
  expect(page).toContain('Say which rider.')
  expect(page).not.toContain('<script>')
})

test('JSON gives a token as before, also when it is called a form', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
    const answer = await fetch(`${url}/token`, {
      ...{ method: 'POST', headers: { 'content-type': type }, body: '{"subject":"lena","roles":["read"]}' },
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect(decodeJwt(token)).toMatchObject({ sub: 'lena', roles: ['read'], iss: 'development' })
  }
  expect((await fetch(`${url}/token`, { method: 'POST', body: 'no JSON' })).status).toBe(400)
})

test('a token is not issued for words that would be ignored', async () => {
  const ask = (body: object) => fetch(`${url}/token`, { method: 'POST', body: JSON.stringify(body) })
  const answer = await ask({ subject: 'staff-1', role: 'read' })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('role')
  expect((await ask({ subject: 'staff-1', roles: ['read'] })).status).toBe(200)
})
