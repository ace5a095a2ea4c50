import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { remoteKeys, verifyAccessToken } from './access-token.ts'

const hourMs = 3_600_000
const startMs = Date.now()
const nowS = Math.floor(startMs / 1_000)
const pairs = { old: await generateKeyPair('ES256'), new: await generateKeyPair('ES256') }
type Kid = keyof typeof pairs

let published: readonly Kid[] = ['old']
let isAway = false
let questions = 0
const server = createServer(async (_, response) => {
  questions += 1
  const keys = await Promise.all(
    published.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid, alg: 'ES256' })),
  )
  response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
afterAll(() => void server.close())

let nowMs = startMs
beforeEach(() => {
  published = ['old']
  isAway = false
  questions = 0
  nowMs = startMs
})

function sign(claims: object = {}, header: Partial<JWTHeaderParameters> = {}, kid: string = 'old') {
  const payload = { iss: 'issuer', aud: 'platform', sub: 'anna', iat: nowS, exp: nowS + 3_600, ...claims }
  const { privateKey } = pairs[kid as Kid] ?? pairs.old
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey)
}
const rulesOf = (keys = remoteKeys(url, () => nowMs)) => ({
  ...{ issuer: 'issuer', audience: 'platform', maxLifetimeS: 86_400, keys },
})
/** The token's own times stay right while the keys grow old. */
const ask = async (rules: ReturnType<typeof rulesOf>, token: string) => {
  const verdict = await verifyAccessToken(token, rules, startMs)
  return verdict.ok ? 'ok' : verdict.reason
}

test.each<[string, object, object, string]>([
  ['no type', {}, {}, 'ok'],
  ['typ JWT', {}, { typ: 'JWT' }, 'ok'],
  ['typ at+jwt', {}, { typ: 'at+jwt' }, 'ok'],
  ['its long name', {}, { typ: 'application/at+jwt' }, 'ok'],
  ['the type of another purpose', {}, { typ: 'logout+jwt' }, 'token_invalid'],
  ['a nonce, as ID tokens have', { nonce: 'n' }, {}, 'token_invalid'],
  ['the hash of an access token, as ID tokens have', { at_hash: 'h' }, {}, 'token_invalid'],
  ['a life of a day', { exp: nowS + 86_400 }, {}, 'ok'],
  ['a life of more than a day', { exp: nowS + 86_500 }, {}, 'token_invalid'],
  ['a long life without a time of issue', { iat: undefined, exp: nowS + 86_500 }, {}, 'token_invalid'],
  ['a time of issue to come', { iat: nowS + 900_000, exp: nowS + 900_060 }, {}, 'token_invalid'],
  ['a long life of which little is left', { iat: nowS - 86_500, exp: nowS + 60 }, {}, 'token_invalid'],
  ['a subject with NUL', { sub: 'an\0na' }, {}, 'token_invalid'],
  ['half a pair of surrogates', { sub: '\ud800' }, {}, 'token_invalid'],
  ['a subject in any script', { sub: 'Ånna 😀' }, {}, 'ok'],
  ['a subject that is no text', { sub: 7 }, {}, 'token_invalid'],
])('a token with %s', async (_, claims, header, verdict) => {
  expect(await ask(rulesOf(), await sign(claims, header))).toBe(verdict)
})

test('the setting allows more', async () => {
  const token = await sign({ exp: nowS + 100_000 })
  expect(await ask({ ...rulesOf(), maxLifetimeS: 100_000 }, token)).toBe('ok')
})

test('keys stay usable for 24 hours while the issuer is away, and no longer', async () => {
  const rules = rulesOf()
  const token = await sign()
  expect(await ask(rules, token)).toBe('ok')
  isAway = true
  for (const hours of [0.2, 1, 12, 23.9]) {
    nowMs = startMs + hours * hourMs
    expect(await ask(rules, token)).toBe('ok')
  }
  nowMs = startMs + 24.1 * hourMs
  expect(await ask(rules, token)).toBe('keys_unavailable')
  isAway = false
  nowMs += 60_000
  expect(await ask(rules, token)).toBe('ok')
})

test('a key that the issuer withdrew is of use for ten minutes', async () => {
  const rules = rulesOf()
  const token = await sign()
  expect(await ask(rules, token)).toBe('ok')
  published = ['new']
  nowMs += 10 * 60_000 + 1
  expect(await ask(rules, token)).toBe('token_invalid')
})

test('a new key is found at once, by all who name it at the same time', async () => {
  const rules = rulesOf()
  await ask(rules, await sign())
  nowMs += 1_000
  published = ['old', 'new']
  const token = await sign({}, {}, 'new')
  expect(await Promise.all(Array.from({ length: 5 }, () => ask(rules, token)))).toEqual(Array(5).fill('ok'))
  expect(questions).toBe(2)
})

test.each([
  [false, 'token_invalid'],
  [true, 'keys_unavailable'],
])('unknown key ids are asked for with a growing pause; away: %s', async (away, verdict) => {
  const rules = rulesOf()
  await ask(rules, await sign())
  questions = 0
  isAway = away
  for (let second = 1; second <= 600; second++) {
    nowMs = startMs + second * 1_000
    const tokens = await Promise.all([0, 1].map((n) => sign({}, {}, `made-up-${second}-${n}`)))
    for (const reason of await Promise.all(tokens.map((token) => ask(rules, token))))
      expect(reason).toBe(verdict)
  }
  expect(questions).toBeGreaterThan(10)
  expect(questions).toBeLessThan(20)
})

test('while the issuer is away from the beginning, tokens do not ask for keys each', async () => {
  isAway = true
  const rules = rulesOf()
  const token = await sign()
  for (let i = 0; i < 50; i++) expect(await ask(rules, token)).toBe('keys_unavailable')
  expect(questions).toBe(1)
  isAway = false
  nowMs += 1_000
  expect(await Promise.all([ask(rules, token), ask(rules, token)])).toEqual(['ok', 'ok'])
  expect(questions).toBe(2)
})
