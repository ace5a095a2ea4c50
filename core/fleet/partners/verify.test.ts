import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { recordsOf } from '../../../testkit/fake-kafka.ts'
import { keyIdOf, publicKeyBytes, seal } from '../statements/seal.ts'
import type { VerifyingKey } from './port.ts'
import { doubtOfKey, keyIdsOf, openRecord, verify } from './verify.ts'

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
  const proven = { payload: Buffer.from('said'), key }
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

test.each<[string, Partial<VerifyingKey>, string | undefined]>([
  ['distrusted from that time on', { distrustedFromMs: 100 }, 'key_distrusted'],
  ['distrusted later', { distrustedFromMs: 101 }, undefined],
  ['distrusted, whether it ended or not', { distrustedFromMs: 100, validUntilMs: 50 }, 'key_distrusted'],
  ['ended at that time', { validUntilMs: 100 }, 'seal_invalid'],
  ['ended later', { validUntilMs: 101 }, undefined],
  ['valid from that time on', { validFromMs: 100 }, undefined],
  ['valid later', { validFromMs: 101 }, 'seal_invalid'],
])('our receipt decides on a key that is %s', (_, facts, reason) => {
  const speaker = { provenance: 'sealed', partnerId: 'plant:x', keyId, door: 'key' } as const
  const partner = { partnerId: 'plant:x', role: 'plant', grants: [], keys: [{ ...key, ...facts }] } as const
  expect(doubtOfKey({ speaker, receivedAtMs: 100 }, { partner: () => partner })?.reason).toBe(reason)
})
