// Issues certificates: of the root, of the authorities under it, and of those who use them.
import { randomBytes } from 'node:crypto'
import { signingAlgorithm } from './keys.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  type JsonNameParams,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Who signs: a key and the certificate that names it. */
export interface Signer {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
  /** The certificates between those it signs and the root, in PEM; empty for the root itself. */
  readonly chain: string
}

export interface Issued extends Validity {
  /** The certificate, followed by those between it and the root. */
  readonly pem: string
  /** Hexadecimal. */
  readonly serialNumber: string
}

/** An authority under the root vouches for one of these: connections of modules, or the broker's own name. */
export type AuthorityKind = 'devices' | 'servers'

const usageOf = { devices: ExtendedKeyUsage.clientAuth, servers: ExtendedKeyUsage.serverAuth } as const
const caUsages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign

/** The first certificate of a PEM file. */
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

/** Whether authorities may stand between this one and those who use their certificates; a root of before allows none. */
export function allowsAuthorities(certificate: X509Certificate): boolean {
  return certificate.getExtension(BasicConstraintsExtension)?.pathLength !== 0
}

/** A root: under it stand authorities, and under those no further ones. */
export async function selfSign(
  keys: CryptoKeyPair,
  name: string,
  { pathLength = 1, ...validity }: Validity & { readonly pathLength?: number },
): Promise<Issued> {
  const extensions = [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(caUsages, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ]
  return issued(
    await X509CertificateGenerator.createSelfSigned({
      ...{ name: [{ CN: [name] }], serialNumber: newSerialNumber() },
      ...{ keys, signingAlgorithm, extensions },
      ...validity,
    }),
  )
}

/** An authority that vouches for one purpose only, whatever is signed with its key. */
export function signAuthority(
  root: Signer,
  of: { publicKey: CryptoKey; kind: AuthorityKind; name: string } & Validity,
): Promise<Issued> {
  return sign(root, {
    ...of,
    subject: [{ CN: [of.name] }],
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(caUsages, true),
      new ExtendedKeyUsageExtension([usageOf[of.kind]]),
    ],
  })
}

/**
 * The key that signs commands. Its extended key usage is codeSigning, which no other certificate under the root has: what a
 * module obeys is signed by a key that was certified for it.
 */
export function signCommandKey(
  root: Signer,
  of: { publicKey: CryptoKey; name: string } & Validity,
): Promise<Issued> {
  const usage = new ExtendedKeyUsageExtension([ExtendedKeyUsage.codeSigning], true)
  return sign(root, { ...of, subject: [{ CN: [of.name] }], extensions: [...leafExtensions(), usage] })
}

export function signServer(
  signer: Signer,
  of: { publicKey: CryptoKey; hosts: readonly string[] } & Validity,
): Promise<Issued> {
  const names: JsonGeneralNames = of.hosts.map((value) => ({
    type: isIpAddress(value) ? 'ip' : 'dns',
    value,
  }))
  const extensions = [
    ...leafExtensions(),
    new ExtendedKeyUsageExtension([usageOf.servers]),
    new SubjectAlternativeNameExtension(names),
  ]
  return sign(signer, { ...of, subject: [{ CN: [of.hosts[0] as string] }], extensions })
}

/**
 * The subject of a module's certificate is `CN={device id}, serialNumber={serial number of the certificate}`: by it the broker
 * tells the gatekeeper which certificate a connection uses.
 */
export function signDevice(
  signer: Signer,
  of: { publicKey: CryptoKey | PublicKey; deviceId: string } & Validity,
): Promise<Issued> {
  const serialNumber = newSerialNumber()
  return sign(signer, {
    ...of,
    serialNumber,
    subject: [{ CN: [of.deviceId] }, { '2.5.4.5': [{ printableString: serialNumber }] }],
    extensions: [...leafExtensions(), new ExtendedKeyUsageExtension([usageOf.devices])],
  })
}

const leafExtensions = (): Extension[] => [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
]

interface Unsigned extends Validity {
  readonly publicKey: CryptoKey | PublicKey
  readonly subject: JsonNameParams
  readonly extensions: readonly Extension[]
  readonly serialNumber?: string
}

/** Nobody vouches for longer than he is vouched for. */
async function sign({ certificate, privateKey, chain }: Signer, of: Unsigned): Promise<Issued> {
  const { publicKey, subject, notBefore, serialNumber = newSerialNumber() } = of
  const notAfter = new Date(Math.min(of.notAfter.getTime(), certificate.notAfter.getTime()))
  if (notAfter <= notBefore) {
    throw new Error(`${certificate.subject} ended at ${certificate.notAfter.toISOString()}: make a new one`)
  }
  const signed = await X509CertificateGenerator.create({
    ...{ subject: new Name(subject), issuer: certificate.subjectName, publicKey, serialNumber },
    ...{ signingKey: privateKey, signingAlgorithm, notBefore, notAfter },
    extensions: [
      ...of.extensions,
      await AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return issued(signed, chain)
}

function issued(certificate: X509Certificate, chain = ''): Issued {
  const { serialNumber, notBefore, notAfter } = certificate
  return { pem: `${certificate.toString('pem')}\n${chain}`, serialNumber, notBefore, notAfter }
}

/** 126 random bits, positive and of 16 bytes in DER: nobody guesses the next one, and none comes twice. */
function newSerialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function isIpAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
}
