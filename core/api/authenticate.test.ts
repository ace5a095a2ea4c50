import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createAuthenticate } from './authenticate.ts'

const issuer = 'https://issuer.test'
const audience = 'mobility'
const { privateKey, publicKey } = await generateKeyPair('ES256')
const { privateKey: foreignKey } = await generateKeyPair('ES256')
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })
const rules = { issuer, audience, maxLifetimeS: 86_400 }
const authenticate = createAuthenticate({ ...rules, keys })

const inAnHourS = Math.floor(Date.now() / 1_000) + 3_600
const signed = (claims: Record<string, unknown>, key = privateKey) =>
  new SignJWT({ iss: issuer, aud: audience, sub: 'anna', exp: inAnHourS, ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(key)

test('a token of the issuer names the rider', async () => {
  expect(await authenticate(`Bearer ${await signed({})}`)).toEqual({ subject: 'anna', roles: new Set() })
})

test.each<[unknown, string[]]>([
  [['read'], ['read']],
  [
    ['read', 'command', 'decide', 'approve', 'login'],
    ['read', 'command', 'decide', 'approve', 'login'],
  ],
  [['rider', 'read', 'service'], ['read']],
  [['reads', 'Read', ' read'], []],
  [[], []],
  // A login service may write words of its own.
  ['rider', []],
  [{ read: true }, []],
])('the claim %o gives the roles %o', async (roles, held) => {
  expect(await authenticate(`Bearer ${await signed({ roles })}`)).toEqual({
    subject: 'anna',
    roles: new Set(held),
  })
})

test('a partner is one only with the claim that says which', async () => {
  const roles = ['partner']
  const named = await authenticate(`Bearer ${await signed({ roles, partner: 'plant:gera' })}`)
  expect(named).toEqual({ subject: 'anna', roles: new Set(roles), partner: 'plant:gera' })
  for (const partner of [undefined, '', 'a'.repeat(256), ['plant:gera']]) {
    const unnamed = await authenticate(`Bearer ${await signed({ roles, partner })}`)
    expect(unnamed).toEqual({ subject: 'anna', roles: new Set() })
  }
  expect(await authenticate(`Bearer ${await signed({ partner: 'plant:gera' })}`)).toEqual({
    subject: 'anna',
    roles: new Set(),
  })
})

test('the role that opened everything opens nothing, and the refusal names what replaced it', async () => {
  const refused = await authenticate(`Bearer ${await signed({ roles: ['rider', 'service'] })}`)
  expect(refused).toMatchObject({ reason: 'role_missing' })
  expect(refused).toMatchObject({ detail: expect.stringContaining('`read`, `command`, `decide`, `approve`') })
})

test.each<[object]>([
  [{ role: 'read' }],
  [{ role: ['rider', 'approve'] }],
  [{ role: 'service' }],
  [{ roles: 'read' }],
  [{ roles: ['rider'], role: 'third_party' }],
])('%o says a role where nobody looks, and the refusal says where it belongs', async (claims) => {
  expect(await authenticate(`Bearer ${await signed({ ...claims })}`)).toEqual({
    reason: 'role_missing',
    detail: expect.stringContaining('the claim `roles`, a list such as `"roles": ["read"]`'),
  })
})

test.each<[object, string[]]>([
  [{ role: 'authenticated' }, []],
  [{ role: 'approve', roles: ['read'] }, ['read']],
])('%o has a word of the login service, which is ignored', async (claims, held) => {
  expect(await authenticate(`Bearer ${await signed({ ...claims })}`)).toEqual({
    subject: 'anna',
    roles: new Set(held),
  })
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
  ['a token that hardly ever ends', `Bearer ${await signed({ exp: 4_000_000_000 })}`, 'token_invalid'],
  ['an ID token', `Bearer ${await signed({ nonce: 'n' })}`, 'token_invalid'],
  ['a subject that no database keeps', `Bearer ${await signed({ sub: 'an\0na' })}`, 'token_invalid'],
  ['a token signed by somebody else', `Bearer ${await signed({}, foreignKey)}`, 'token_invalid'],
  ['a token that is too long', `Bearer ${'a'.repeat(9_000)}`, 'token_invalid'],
])('%s does not pass', async (_, header, reason) => {
  expect(await authenticate(header)).toMatchObject({ reason })
})

test('keys that cannot be read are no fault of the token', async () => {
  const offline = createAuthenticate({
    ...rules,
    keys: async () => {
      throw new TypeError('fetch failed')
    },
  })
  expect(await offline(`Bearer ${await signed({})}`)).toMatchObject({ reason: 'keys_unavailable' })
})
