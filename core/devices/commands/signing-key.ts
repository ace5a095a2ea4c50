// Opens the key that signs commands, with the certificates by which modules believe it.
import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decrypted } from '../authority/keys.ts'
import type { SigningKey } from './signed-command.ts'

/** The extended key usage that the device authority gives to keys for commands, and to no other. */
const codeSigning = '1.3.6.1.5.5.7.3.3'

export interface SigningKeyFiles {
  /** PKCS#8 in PEM, P-256. */
  readonly keyFile: string
  readonly passphraseFile: string
  /** PEM: the certificate of the key, then those that vouch for it; the root may be left out. */
  readonly certificateFile: string
}

/** Throws, and says which file, where modules would not obey: better no commands than commands that all bikes refuse. */
export function openSigningKey(files: SigningKeyFiles, nowMs = Date.now()): SigningKey {
  const key = decrypted(text(files.keyFile), firstLine(text(files.passphraseFile)), files.keyFile)
  const chain = certificatesIn(text(files.certificateFile))
  const fault = faultOf(key, chain, nowMs)
  if (fault !== undefined) throw new Error(`${files.certificateFile}: ${fault}`)
  const [own] = chain as [X509Certificate]
  return {
    keyId: createHash('sha256')
      .update(own.publicKey.export({ type: 'spki', format: 'der' }))
      .digest(),
    certificates: chain.filter((each) => !isRoot(each)).map(({ raw }) => new Uint8Array(raw)),
    endsAtMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
    sign: (bytes) => new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })),
  }
}

function faultOf(key: KeyObject, [own, ...vouching]: readonly X509Certificate[], nowMs: number) {
  if (own === undefined) return 'no certificate in PEM'
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return 'commands are signed with a key on P-256'
  if (!own.checkPrivateKey(key)) return 'the certificate is not of the key that signs commands'
  if (!own.keyUsage?.includes(codeSigning)) return 'the certificate is not one for commands'
  if ([own, ...vouching].some(({ validToDate }) => validToDate.getTime() <= nowMs)) {
    return 'the certificate has ended; certify a new key for commands'
  }
  return undefined
}

const isRoot = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate)

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}

function firstLine(of: string): string {
  return of.split(/\r?\n/, 1)[0] ?? ''
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
