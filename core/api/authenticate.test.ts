import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createAuthenticate } from './authenticate.ts'

const issuer = 'https://issuer.test'
const audience = 'mobility'
const { privateKey, publicKey } = await generateKeyPair('ES256')
const { privateKey: foreignKey } = await generateKeyPair('ES256')
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })
const authenticate = createAuthenticate({ issuer, audience, keys })

const signed = (claims: Record<string, unknown>, key = privateKey) =>
  new SignJWT({ iss: issuer, aud: audience, sub: 'anna', exp: 4_000_000_000, ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(key)

test('a token of the issuer names the rider', async () => {
  expect(await authenticate(`Bearer ${await signed({})}`)).toEqual({ riderId: 'anna', isService: false })
})

test.each([
  [['service'], true],
  [['rider', 'service'], true],
  [['services'], false],
  [[], false],
  // Not an array: a text that happens to contain the word is no role.
  ['service', false],
  [{ service: true }, false],
])('roles %o make service staff: %s', async (roles, isService) => {
  expect(await authenticate(`Bearer ${await signed({ roles })}`)).toEqual({ riderId: 'anna', isService })
})

test.each<[string, string | undefined, string]>([
  ['no header', undefined, 'token_missing'],
  ['another scheme', 'Basic abc', 'token_missing'],
  ['text that is no token', 'Bearer abc', 'token_invalid'],
  ['a token without end', `Bearer ${await signed({ exp: undefined })}`, 'token_invalid'],
  ['a token that has expired', `Bearer ${await signed({ exp: 1_000_000_000 })}`, 'token_invalid'],
  ['a token of another issuer', `Bearer ${await signed({ iss: 'https://other.test' })}`, 'token_invalid'],
  ['a token for another audience', `Bearer ${await signed({ aud: 'other' })}`, 'token_invalid'],
  ['a token without a rider', `Bearer ${await signed({ sub: undefined })}`, 'token_invalid'],
  ['a token signed by somebody else', `Bearer ${await signed({}, foreignKey)}`, 'token_invalid'],
  ['a token that is too long', `Bearer ${'a'.repeat(9_000)}`, 'token_invalid'],
])('%s does not pass', async (_, header, reason) => {
  expect(await authenticate(header)).toMatchObject({ reason })
})

test('keys that cannot be read are no fault of the token', async () => {
  const offline = createAuthenticate({
    issuer,
    audience,
    keys: async () => {
      throw new TypeError('fetch failed')
    },
  })
  expect(await offline(`Bearer ${await signed({})}`)).toMatchObject({ reason: 'keys_unavailable' })
})
