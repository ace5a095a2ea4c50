// Certificate requests of modules (PKCS#10).

import { signingAlgorithm } from './keys.ts'
import {
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  type PublicKey,
} from './x509.ts'

export type ReadRequest =
  | { readonly ok: true; readonly publicKey: PublicKey }
  | { readonly ok: false; readonly fault: string }

/** Reads a PKCS#10 request and checks that its sender has the private key. The subject it asks for is not looked at. */
export async function readRequest(pem: string): Promise<ReadRequest> {
  const request = parseRequest(pem)
  if (request === undefined) return { ok: false, fault: 'no PKCS#10 request in PEM' }
  if (!isStrong(request.publicKey.algorithm)) {
    return { ok: false, fault: 'the key is neither EC P-256 or P-384 nor RSA of 2048 to 4096 bits' }
  }
  const proven = await request.verify().catch(() => false)
  if (!proven) return { ok: false, fault: 'the request is not signed with its own key' }
  return { ok: true, publicKey: request.publicKey }
}

function parseRequest(pem: string): Pkcs10CertificateRequest | undefined {
  try {
    return PemConverter.isPem(pem) ? new Pkcs10CertificateRequest(pem) : undefined
  } catch {
    return undefined
  }
}

function isStrong(algorithm: Algorithm): boolean {
  const { name, namedCurve, modulusLength } = algorithm as Algorithm & {
    namedCurve?: string
    modulusLength?: number
  }
  if (name === 'ECDSA') return namedCurve === 'P-256' || namedCurve === 'P-384'
  return (
    name.startsWith('RSASSA') && modulusLength !== undefined && modulusLength >= 2048 && modulusLength <= 4096
  )
}

/** A request as a module makes it. */
export async function createRequest(keys: CryptoKeyPair, commonName: string): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm,
  })
  return `${request.toString('pem')}\n`
}
