import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createTokenVerifier } from './verifier.ts'

const bike = '5b0c6a1e-0000-4000-8000-000000000001'
const ours = await generateKeyPair('ES256')
const theirs = await generateKeyPair('ES256')
const jwks = createLocalJWKSet({
  keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'ours', alg: 'ES256' }],
})
const nowS = Math.floor(Date.now() / 1000)

interface TokenParts {
  claims?: Record<string, unknown>
  key?: CryptoKey
  kid?: string
  alg?: string
}

function sign({ claims, key = ours.privateKey, kid = 'ours' }: TokenParts = {}): Promise<string> {
  const payload = { iss: 'issuer', aud: 'telemetry', sub: 'rider', exp: nowS + 60, bikes: [bike], ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid }).sign(key)
}

function verifier(options: { nowMs?: () => number; keys?: typeof jwks; maxRememberedBytes?: number } = {}) {
  const { nowMs = Date.now, keys = jwks, ...rest } = options
  const clock = { nowMs, monotonicMs: () => 0 }
  return createTokenVerifier({
    ...{ issuer: 'issuer', audience: 'telemetry', maxLifetimeS: 86_400 },
    keys,
    clock,
    ...rest,
  })
}

test('a good token tells subject and bikes', async () => {
  const verdict = await verifier()(await sign({ claims: { bikes: [bike.toUpperCase()] } }))
  expect(verdict).toMatchObject({ ok: true, identity: { subject: 'rider' } })
  expect(verdict.ok && [...verdict.identity.bikes.keys()]).toEqual([bike])
})

describe('refuses', () => {
  const unsecured = new UnsecuredJWT({ bikes: [bike] })
    .setSubject('rider')
    .setIssuer('issuer')
    .setAudience('telemetry')
    .setExpirationTime('1h')
    .encode()
  const withHmac = () =>
    new SignJWT({ bikes: [bike], iss: 'issuer', aud: 'telemetry', sub: 'rider', exp: nowS + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'ours' })
      .sign(new TextEncoder().encode('the public key taken for a shared secret'))

  test.each<[string, string, () => Promise<string>]>([
    ['an expired token', 'token_expired', () => sign({ claims: { exp: nowS - 60 } })],
    ['a token that never expires', 'token_invalid', () => sign({ claims: { exp: undefined } })],
    ['another issuer', 'token_invalid', () => sign({ claims: { iss: 'other' } })],
    ['another audience', 'token_invalid', () => sign({ claims: { aud: 'other' } })],
    ['a token from the future', 'token_invalid', () => sign({ claims: { nbf: nowS + 600 } })],
    ['a stranger’s key', 'token_invalid', () => sign({ key: theirs.privateKey })],
    ['an unknown key id', 'token_invalid', () => sign({ key: theirs.privateKey, kid: 'theirs' })],
    ['algorithm none', 'token_invalid', async () => unsecured],
    ['a symmetric algorithm', 'token_invalid', withHmac],
    ['a changed payload', 'token_invalid', async () => (await sign()).replace(/\.[^.]/, '.f')],
    ['no JWT at all', 'token_invalid', async () => 'gibberish'],
    ['bytes that are no text', 'token_invalid', async () => 'ä.ö.ü'],
    ['a huge token', 'token_invalid', async () => 'x'.repeat(10_000)],
    ['a subject with NUL', 'token_invalid', () => sign({ claims: { sub: 'a\0' } })],
    ['an ID token', 'token_invalid', () => sign({ claims: { nonce: 'n' } })],
    ['no subject', 'token_invalid', () => sign({ claims: { sub: '' } })],
    ['no bikes', 'token_unfit', () => sign({ claims: { bikes: undefined } })],
    ['bikes that are no UUIDs', 'token_unfit', () => sign({ claims: { bikes: ['mine'] } })],
  ])('%s: %s', async (_, reason, token) => {
    expect(await verifier()(await token())).toMatchObject({ ok: false, reason })
  })
})

test('keys out of reach are not the token’s fault', async () => {
  const keys = (() => Promise.reject(new TypeError('fetch failed'))) as unknown as typeof jwks
  expect(await verifier({ keys })(await sign())).toMatchObject({ ok: false, reason: 'keys_unavailable' })
})

test('a verified token is remembered, without a look at the keys, until it expires', async () => {
  let looks = 0
  let nowMs = Date.now()
  const keys = ((header, input) => {
    looks++
    return jwks(header, input)
  }) as typeof jwks
  const verify = verifier({ keys, nowMs: () => nowMs })
  const token = await sign()
  for (let i = 0; i < 3; i++) expect(await verify(token)).toMatchObject({ ok: true })
  expect(looks).toBe(1)
  nowMs += 120_000
  expect(await verify(token)).toMatchObject({ ok: false, reason: 'token_expired' })
})

test('what is remembered is bounded', async () => {
  let looks = 0
  const keys = ((header, input) => {
    looks++
    return jwks(header, input)
  }) as typeof jwks
  const verify = verifier({ keys, maxRememberedBytes: 1_500 })
  const [first, second] = [await sign({ claims: { sub: 'a' } }), await sign({ claims: { sub: 'b' } })]
  for (const token of [first, second, first]) await verify(token)
  expect(looks).toBe(3)
})
