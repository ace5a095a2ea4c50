import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { isSealedBy, keyIdOf, openSeal, publicKeyBytes, seal } from './seal.ts'

const audience = 'fleet.test'
const keys = generateKeyPairSync('ed25519')
const publicKey = publicKeyBytes(keys.publicKey) as Uint8Array
const keyId = keyIdOf(publicKey)
const payload = Buffer.from('{ "eventId" : "as it is" }')
const sealed = Buffer.from(seal(payload, { privateKey: keys.privateKey, keyId, audience }))
const header = { alg: 'EdDSA', kid: keyId, typ: 'mobility-statement', aud: audience }

/** Rightly signed, whatever the header says. */
function withHeader(text: string): Buffer {
  const signed = `${Buffer.from(text).toString('base64url')}.${payload.toString('base64url')}`
  const signature = sign(null, Buffer.from(signed), keys.privateKey).toString('base64url')
  return Buffer.from(`${signed}.${signature}`)
}

function opened(record: Buffer) {
  const found = openSeal(record, audience)
  if (found.kind !== 'sealed') throw new Error(JSON.stringify(found))
  return found
}

test('the payload comes out as it was, and its key is found again', () => {
  const found = opened(sealed)
  expect(Buffer.from(found.payload)).toEqual(payload)
  expect([found.keyId, isSealedBy(found, publicKey)]).toEqual([keyId, true])
  expect(publicKeyBytes(keys.privateKey)).toEqual(publicKey)
})

test('a header in another order and with white space is as good', () => {
  const { alg, kid, typ, aud } = header
  expect(isSealedBy(opened(withHeader(JSON.stringify({ aud, typ, kid, alg }, null, 2))), publicKey)).toBe(
    true,
  )
})

test.each([
  ['another installation', { ...header, aud: 'elsewhere' }],
  ['another type', { ...header, typ: 'JWT' }],
  ['another algorithm', { ...header, alg: 'HS256' }],
  ['no algorithm', { ...header, alg: 'none' }],
  ['a list of installations', { ...header, aud: [audience] }],
  ['one name more', { ...header, crit: 'b64' }],
  ['a key in the header', { ...header, jwk: 'mine' }],
  ['a name missing', { alg: 'EdDSA', kid: keyId, typ: header.typ }],
  ['a key id of any kind', { ...header, kid: '../../etc' }],
])('a header with %s is refused', (_, said) => {
  expect(openSeal(withHeader(JSON.stringify(said)), audience).kind).toBe('invalid')
})

test('a header that says a name twice is refused', () => {
  const twice = JSON.stringify(header).replace('{', '{"alg":"none",')
  expect(openSeal(withHeader(twice), audience).kind).toBe('invalid')
  const instead = JSON.stringify(header).replace('"alg"', '"\\u0061lg"')
  expect(openSeal(withHeader(instead), audience).kind).toBe('invalid')
})

test('an empty signature, or that of other words, is none', () => {
  const [head, , signature] = sealed.toString().split('.')
  const forged = Buffer.from('{"eventId":"forged"}').toString('base64url')
  expect(isSealedBy(opened(Buffer.from(`${head}.${forged}.${signature}`)), publicKey)).toBe(false)
  expect(isSealedBy(opened(Buffer.from(`${head}.${forged}.`)), publicKey)).toBe(false)
})

test('the signature of another key is none', () => {
  const other = publicKeyBytes(generateKeyPairSync('ed25519').publicKey) as Uint8Array
  expect(isSealedBy(opened(sealed), other)).toBe(false)
})

test.each(['', '{"eventId":"1"}', 'a.b', '\u0008\u0001', 'a.b.c.d', 'é.b.c'])(
  '%j is not sealed',
  (record) => {
    expect(openSeal(Buffer.from(record), audience)).toEqual({ kind: 'unsealed' })
  },
)

test('base64url in another spelling is refused', () => {
  const [head, said, signature] = sealed.toString().split('.')
  const last = signature?.at(-1) === 'A' ? 'B' : 'A'
  const padded = [head, said, `${signature?.slice(0, -1)}${last}`].join('.')
  const found = openSeal(Buffer.from(padded), audience)
  expect(found.kind === 'sealed' && isSealedBy(found, publicKey)).toBe(false)
  expect(openSeal(sealed.subarray(0, -1), audience).kind).toBe('invalid')
})
