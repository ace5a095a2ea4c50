// Keys of the authority and of those it vouches for: ECDSA on P-256, which small modules can do and every TLS stack knows.
import { createPrivateKey, KeyObject } from 'node:crypto'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

export function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

/** PKCS#8 in PEM: `ENCRYPTED PRIVATE KEY` (PBES2, AES-256) with a passphrase, `PRIVATE KEY` without. */
export async function privateKeyPem({ privateKey }: CryptoKeyPair, passphrase?: string): Promise<string> {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return String(KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem', ...encryption }))
}

export function isEncrypted(pem: string): boolean {
  return pem.includes('ENCRYPTED PRIVATE KEY')
}

/**
 * The pair of a private key as `privateKeyPem` wrote it; a JWK of an EC key carries the public half. Throws one line when the
 * passphrase is missing or wrong; `where` names the key in it.
 */
export async function readKeys(pem: string, passphrase?: string, where = 'a key'): Promise<CryptoKeyPair> {
  const { kty, crv, x, y, d } = decrypted(pem, passphrase, where).export({ format: 'jwk' })
  const half = { kty, crv, x, y } as JsonWebKey
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('jwk', { ...half, d } as JsonWebKey, keyAlgorithm, true, ['sign']),
    crypto.subtle.importKey('jwk', half, keyAlgorithm, true, ['verify']),
  ])
  return { privateKey, publicKey }
}

/** The key as Node.js signs with it. */
export function decrypted(pem: string, passphrase: string | undefined, where: string): KeyObject {
  if (isEncrypted(pem) && passphrase === undefined) {
    throw new Error(`${where} is encrypted, and no passphrase is given`)
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) })
  } catch (error) {
    // OpenSSL's own words name neither the file nor the passphrase.
    const fault = isEncrypted(pem)
      ? 'the passphrase is wrong, or the file is damaged'
      : 'no private key in PEM'
    throw new Error(`${where}: ${fault}`, { cause: error })
  }
}
