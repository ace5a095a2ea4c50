// Keys of partners in files: PKCS #8 and SubjectPublicKeyInfo in PEM, as OpenSSL writes them.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { keyIdOf, publicKeyBytes, type Sealing } from '../statements/seal.ts'
import type { KeyFiles } from './obey.ts'

/** From a private key. Throws an Error that names the file where it has none. */
export function readSealing(file: string, audience: string): Sealing {
  const privateKey = parse(file, readFileSync(file, 'utf8'), createPrivateKey)
  return { privateKey, keyId: keyIdOf(bytesOf(file, privateKey)), audience }
}

export const keyFiles: KeyFiles = {
  async readPublic(file) {
    const pem = await readFile(file, 'utf8')
    // Node.js would take a private key as well, and that has no business here.
    if (pem.includes('PRIVATE')) throw new Error(`${file} is a private key: keep it, and give the public one`)
    return bytesOf(file, parse(file, pem, createPublicKey))
  },
  async make(file) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' })
    await writeFile(`${file}.pub`, publicKey.export({ format: 'pem', type: 'spki' }), { flag: 'wx' })
    return bytesOf(file, publicKey)
  },
}

function parse(file: string, pem: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    return read(pem)
  } catch {
    throw new Error(`${file} has no such key in PEM`)
  }
}

function bytesOf(file: string, key: KeyObject): Uint8Array {
  const bytes = publicKeyBytes(key)
  if (bytes === undefined) throw new Error(`${file} has no Ed25519 key`)
  return bytes
}
