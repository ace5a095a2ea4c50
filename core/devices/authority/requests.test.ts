import { expect, test } from 'vitest'
import { generateKeys } from './keys.ts'
import { createRequest, readRequest } from './requests.ts'
import { Pkcs10CertificateRequestGenerator } from './x509.ts'

async function requestOf(algorithm: object, sign: object): Promise<string> {
  const keys = (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=module',
    keys,
    signingAlgorithm: sign as Algorithm,
  })
  return request.toString('pem')
}

const ecdsa = (namedCurve: string, hash = 'SHA-256') =>
  requestOf({ name: 'ECDSA', namedCurve }, { name: 'ECDSA', hash })
const rsa = (modulusLength: number) => {
  const name = 'RSASSA-PKCS1-v1_5'
  const hash = 'SHA-256'
  return requestOf({ name, hash, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) }, { name, hash })
}

/** Signed by one key, for another: its sender does not have the key it wants certified. */
async function borrowedKey(): Promise<string> {
  const own = await generateKeys()
  const { publicKey } = await generateKeys()
  return createRequest({ privateKey: own.privateKey, publicKey }, 'module')
}

test.each<[string, () => Promise<string>]>([
  ['EC P-256', () => ecdsa('P-256')],
  ['EC P-384', () => ecdsa('P-384', 'SHA-384')],
  ['RSA 2048', () => rsa(2048)],
])('a request with %s passes', async (_, make) => {
  expect(await readRequest(await make())).toMatchObject({ ok: true })
})

test.each<[string, () => Promise<string>, string]>([
  ['text', async () => 'hello', 'no PKCS#10'],
  ['nothing', async () => '', 'no PKCS#10'],
  ['another PEM', async () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'no PKCS#10'],
  [
    'a torn request',
    async () => (await ecdsa('P-256')).replace(/\n.*\n-----END/, '\n-----END'),
    'no PKCS#10',
  ],
  ['a short RSA key', () => rsa(1024), 'neither EC'],
  ['a curve that brokers need not know', () => ecdsa('P-521', 'SHA-512'), 'neither EC'],
  ['a key that its sender does not have', borrowedKey, 'not signed with its own key'],
])('%s is refused', async (_, make, fault) => {
  expect(await readRequest(await make())).toMatchObject({ ok: false, fault: expect.stringContaining(fault) })
})
