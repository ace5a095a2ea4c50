import { generateKeyPairSync } from 'node:crypto'
import { CompactSign } from 'jose'
import { expect, test } from 'vitest'
import { certificateContent, signCertificate, verifyCertificate } from './certificate.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const content = certificateContent({
  erasureId: '01936f00-0000-7000-8000-00000000b1ce',
  requestedAtMs: 0,
  doneAtMs: 60_000,
  stores: [
    { store: 'PostgreSQL rides', how: 'deleted', unreachableAtMs: 1_000, bytesGoneAtMs: null, note: 'pages' },
  ],
})
const jws = await signCertificate(content, { privateKey, keyId: 'k' })

test('a signed certificate says with the public key alone what it says', async () => {
  expect(await verifyCertificate(`${jws}\n`, publicKey)).toEqual(content)
  expect(content).toMatchObject({ doneAt: '1970-01-01T00:01:00.000Z' })
})

test('one that was changed is refused', async () => {
  const [head, , signature] = jws.split('.')
  const changed = Buffer.from(JSON.stringify({ ...content, stores: [] })).toString('base64url')
  await expect(verifyCertificate(`${head}.${changed}.${signature}`, publicKey)).rejects.toThrow('signature')
})

test('one by another key is refused, and so is what the same key signed for another purpose', async () => {
  const other = generateKeyPairSync('ed25519')
  await expect(verifyCertificate(jws, other.publicKey)).rejects.toThrow('signature')
  const foreign = await new CompactSign(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'statement' })
    .sign(privateKey)
  await expect(verifyCertificate(foreign, publicKey)).rejects.toThrow('no certificate of an erasure')
})
