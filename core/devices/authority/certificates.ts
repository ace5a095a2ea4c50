// Issues certificates: of the authority itself, of servers and of devices.

import { signingAlgorithm } from './keys.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
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
}

export interface Issued extends Validity {
  readonly pem: string
  /** Hexadecimal. */
  readonly serialNumber: string
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
