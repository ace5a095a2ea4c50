// The development issuer's key pair: made once, kept in a file that only its owner reads.
import { readFile, writeFile } from 'node:fs/promises'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

export type IssuerKey = { privateKey: CryptoKey; publicJwk: JWK }

export const readIssuerKey = async (file: string): Promise<IssuerKey> => {
  const jwk = (await readJwk(file)) ?? (await makeJwk(file))
  const { kty, crv, x, y } = jwk as { kty: string; crv: string; x: string; y: string }
  const publicPart = { kty, crv, x, y }
  const kid = await calculateJwkThumbprint(publicPart)
  return {
    privateKey: (await importJWK(jwk, 'ES256')) as CryptoKey,
    publicJwk: { ...publicPart, kid, alg: 'ES256', use: 'sig' },
  }
}

const readJwk = async (file: string): Promise<JWK | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const makeJwk = async (file: string): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  await writeFile(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' })
  return jwk
}
