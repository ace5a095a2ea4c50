// Certificates and their keys: the only file that knows the X.509 library.
import './reflect.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

export type { PublicKey } from '@peculiar/x509'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Who signs: a key and the certificate that names it. */
export interface Signer {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
}

export interface Issued extends Validity {
  readonly pem: string
  /** Hexadecimal. */
  readonly serialNumber: string
}

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

export function readCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem)
}

/** Whether a certificate is of this key and names all these hosts. */
export async function certifies(
  pem: string,
  { publicKey }: CryptoKeyPair,
  hosts: readonly string[] = [],
): Promise<boolean> {
  const certificate = readCertificate(pem)
  const spki = await crypto.subtle.exportKey('spki', publicKey)
  const named = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
  return (
    Buffer.from(certificate.publicKey.rawData).equals(Buffer.from(spki)) &&
    hosts.every((host) => named.some(({ value }) => value === host))
  )
}

/** A root that may sign the certificates of servers and devices, and no further authority. */
export async function selfSign(keys: CryptoKeyPair, name: string, validity: Validity): Promise<Issued> {
  const extensions = [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ]
  const subject = [{ CN: [name] }]
  return issued(
    await X509CertificateGenerator.createSelfSigned({
      name: subject,
      keys,
      signingAlgorithm,
      extensions,
      ...validity,
    }),
  )
}

export function signServer(
  signer: Signer,
  of: { publicKey: CryptoKey; hosts: readonly string[] } & Validity,
): Promise<Issued> {
  const names: JsonGeneralNames = of.hosts.map((value) => ({
    type: isIpAddress(value) ? 'ip' : 'dns',
    value,
  }))
  return sign(signer, {
    ...of,
    commonName: of.hosts[0] as string,
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names),
    ],
  })
}

export function signDevice(
  signer: Signer,
  of: { publicKey: PublicKey; deviceId: string } & Validity,
): Promise<Issued> {
  const extensions = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]
  return sign(signer, { ...of, commonName: of.deviceId, extensions })
}

async function sign(
  { certificate, privateKey }: Signer,
  of: { publicKey: CryptoKey | PublicKey; commonName: string; extensions: readonly Extension[] } & Validity,
): Promise<Issued> {
  const { publicKey, commonName, notBefore, notAfter } = of
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...of.extensions,
    await AuthorityKeyIdentifierExtension.create(certificate.publicKey),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ]
  return issued(
    await X509CertificateGenerator.create({
      subject: [{ CN: [commonName] }],
      issuer: certificate.subjectName,
      publicKey,
      signingKey: privateKey,
      signingAlgorithm,
      extensions,
      notBefore,
      notAfter,
    }),
  )
}

function issued(certificate: X509Certificate): Issued {
  const { serialNumber, notBefore, notAfter } = certificate
  return { pem: `${certificate.toString('pem')}\n`, serialNumber, notBefore, notAfter }
}

function isIpAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
}

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
