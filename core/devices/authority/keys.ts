// Keys of the authority and of those it vouches for: ECDSA on P-256, which small modules can do and every TLS stack knows.
import { PemConverter } from './x509.ts'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

export function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

export async function privateKeyPem({ privateKey }: CryptoKeyPair): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`
}

/** The pair of a private key as `privateKeyPem` wrote it; a JWK of an EC key carries the public half. */
export async function readKeys(pem: string): Promise<CryptoKeyPair> {
  const der = PemConverter.decodeFirst(pem)
  const privateKey = await crypto.subtle.importKey('pkcs8', der, keyAlgorithm, true, ['sign'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', privateKey)
  const half = { kty, crv, x, y } as JsonWebKey
  const publicKey = await crypto.subtle.importKey('jwk', half, keyAlgorithm, true, ['verify'])
  return { privateKey, publicKey }
}
