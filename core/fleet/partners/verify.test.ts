import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { recordsOf } from '../../../testkit/fake-kafka.ts'
import { keyIdOf, publicKeyBytes, seal } from '../statements/seal.ts'
import type { VerifyingKey } from './port.ts'
import { keyIdsOf, openRecord, verify } from './verify.ts'

const audience = 'test'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const bytes = publicKeyBytes(publicKey) as Uint8Array
const keyId = keyIdOf(bytes)
const always = {
  validFromMs: Number.NEGATIVE_INFINITY,
  validUntilMs: Number.POSITIVE_INFINITY,
  distrustedFromMs: Number.POSITIVE_INFINITY,
}
const owner = { partnerId: 'plant:x', speaksFor: ['plant:x'], door: 'key' } as const
const key: VerifyingKey = { keyId, ...owner, publicKey: bytes, ...always }
const sealed = seal(Buffer.from('said'), { privateKey, keyId, audience })
const opened = (text: string, timestampMs = 100) => {
  const [record] = recordsOf([Buffer.from(text)], { topic: 'events' })
  if (record === undefined) throw new Error('no record')
  return openRecord({ ...record, timestampMs }, audience)
}
const keysWith = (facts: Partial<VerifyingKey> = {}) => new Map([[keyId, { ...key, ...facts }]])

test('a registered key proves its partner', () => {
  const proven = { payload: Buffer.from('said'), key, doubt: undefined }
  expect(verify(opened(sealed), keysWith())).toEqual({ kind: 'proven', proven })
  expect(keyIdsOf([opened(sealed), opened(sealed), opened('{}')])).toEqual([keyId])
})

test('what is not sealed, not by this key, or by a key that nobody knows', () => {
  expect(verify(opened('{}'), keysWith())).toEqual({ kind: 'unsealed' })
  expect(verify(opened(sealed), new Map())).toEqual({ kind: 'unverified', keyId })
  const other = publicKeyBytes(generateKeyPairSync('ed25519').publicKey) as Uint8Array
  expect(verify(opened(sealed), keysWith({ publicKey: other }))).toMatchObject({ kind: 'invalid' })
  expect(verify(openRecord(opened(sealed).record, 'elsewhere'), keysWith())).toMatchObject({
    doubt: { reason: 'seal_invalid', detail: 'aud is not this installation' },
  })
})

test.each<[string, Partial<VerifyingKey>, boolean]>([
  ['distrusted from that time on', { distrustedFromMs: 100 }, true],
  ['distrusted later', { distrustedFromMs: 101 }, false],
  ['ended at that time', { validUntilMs: 100 }, true],
  ['ended later', { validUntilMs: 101 }, false],
  ['valid from that time on', { validFromMs: 100 }, false],
  ['valid later', { validFromMs: 101 }, true],
])('our receipt decides on a key that is %s', (_, facts, isDoubted) => {
  const found = verify(opened(sealed), keysWith(facts))
  expect(found.kind === 'proven' && found.proven.doubt !== undefined).toBe(isDoubted)
})
