// Keys made of software, for tests: honest ones of a maker with roots of its own, and forged ones.
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { KeyModel, RegistrationAnswer, SignInAnswer } from '../port.ts'

export const aaguid = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000

/** Vouches for keys by a root and a certificate between. */
export interface Maker {
  readonly model: KeyModel
  /** Of the keys that it makes, with their certificates: a key's own first. */
  readonly attestation: { readonly key: KeyObject; readonly chain: readonly Uint8Array[] }
}

export interface MakerOptions {
  readonly model?: string
  /** In the certificate of its keys; that of the model unless it is told. */
  readonly certifies?: string
  /** Whether the certificate between may sign others. */
  readonly isAuthority?: boolean
  readonly notAfter?: Date
}

export async function createMaker(options: MakerOptions = {}): Promise<Maker> {
  const { model = aaguid, certifies = model, isAuthority = true } = options
  const notAfter = options.notAfter ?? new Date(Date.now() + dayMs)
  const notBefore = new Date(Date.now() - 30 * dayMs)
  const pair = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [root, between, leaf] = await Promise.all([pair(), pair(), pair()])
  const common = { signingAlgorithm: algorithm, notBefore }
  const rootCertificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ ...common, name: 'CN=Root of a maker', keys: root, notAfter: new Date(Date.now() + dayMs) },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const betweenCertificate = await x509.X509CertificateGenerator.create({
    ...{
      ...common,
      subject: 'CN=Plant of a maker',
      issuer: rootCertificate.subject,
      notAfter: new Date(Date.now() + dayMs),
    },
    ...{ publicKey: between.publicKey, signingKey: root.privateKey },
    extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true)],
  })
  const leafCertificate = await x509.X509CertificateGenerator.create({
    ...{ ...common, issuer: betweenCertificate.subject, notAfter },
    subject: 'C=SE, O=A maker, OU=Authenticator Attestation, CN=Key',
    ...{ publicKey: leaf.publicKey, signingKey: between.privateKey },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.Extension('1.3.6.1.4.1.45724.1.1.4', false, octets(bytesOf(certifies))),
    ],
  })
  const raw = (each: x509.X509Certificate) => new Uint8Array(each.rawData)
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', leaf.privateKey))
  return {
    model: { aaguid: model, name: 'Key of a maker', roots: [raw(rootCertificate)] },
    attestation: {
      key: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
      chain: [leafCertificate, betweenCertificate].map(raw),
    },
  }
}

/** An OCTET STRING of 16 bytes in DER. */
const octets = (bytes: Uint8Array) => Uint8Array.from([4, 16, ...bytes])
const bytesOf = (uuid: string) => Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'))

interface Ceremony {
  readonly challenge: string
  readonly origin?: string
  readonly host?: string
}

interface RegistrationOptions extends Ceremony {
  readonly format?: 'packed' | 'none' | 'self'
  /** Who vouches. */
  readonly maker?: Maker
  readonly isVerified?: boolean
  readonly isSynced?: boolean
  /** The signature is of other bytes. */
  readonly isTampered?: boolean
}

export interface SoftwareKey {
  readonly id: string
  register(options: RegistrationOptions): RegistrationAnswer
  signIn(
    options: Ceremony & {
      readonly counter?: number
      readonly isVerified?: boolean
      readonly isTampered?: boolean
    },
  ): SignInAnswer
}

const defaults = { origin: 'http://localhost:8080', host: 'localhost' }
const flag = { present: 1, verified: 4, mayBeSynced: 8, isSynced: 16, hasKey: 64 }
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest()
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url')

export function createSoftwareKey(model = aaguid): SoftwareKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coordinate = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'))
  // COSE: an elliptic key (kty 2) for ES256 (alg -7) on P-256 (crv 1).
  const cose = new Map<number, number | Uint8Array>([
    ...([
      [1, 2],
      [3, -7],
      [-1, 1],
    ] as const),
    ...([
      [-2, coordinate(x)],
      [-3, coordinate(y)],
    ] as const),
  ])

  const authenticatorData = (
    host: string,
    flags: number,
    counter: number,
    more: readonly Uint8Array[] = [],
  ) => {
    const head = Buffer.alloc(5)
    head.writeUInt8(flags, 0)
    head.writeUInt32BE(counter, 1)
    return Buffer.concat([sha256(host), head, ...more])
  }
  const clientDataOf = (type: string, { challenge, origin = defaults.origin }: Ceremony) =>
    JSON.stringify({ type, challenge, origin, crossOrigin: false })

  return {
    id: base64url(id),
    register({
      format = 'packed',
      maker,
      isVerified = true,
      isSynced = false,
      isTampered = false,
      ...ceremony
    }) {
      const clientData = clientDataOf('webauthn.create', ceremony)
      const flags =
        flag.present +
        flag.hasKey +
        (isVerified ? flag.verified : 0) +
        (isSynced ? flag.mayBeSynced + flag.isSynced : 0)
      const length = Buffer.from([0, id.length])
      const data = authenticatorData(ceremony.host ?? defaults.host, flags, 0, [
        ...[bytesOf(model), length, id, isoCBOR.encode(cose)],
      ])
      const signed = Buffer.concat([data, sha256(isTampered ? 'other bytes' : clientData)])
      const signature = (key: KeyObject) => Uint8Array.from(sign('sha256', signed, key))
      const statement = new Map<string, unknown>()
      if (format !== 'none') statement.set('alg', -7)
      if (format === 'self') statement.set('sig', signature(privateKey))
      if (format === 'packed' && maker !== undefined) {
        statement.set('sig', signature(maker.attestation.key))
        statement.set('x5c', [...maker.attestation.chain])
      }
      const attestation = new Map<string, unknown>([
        ['fmt', format === 'none' ? 'none' : 'packed'],
        ['attStmt', statement],
        ['authData', Uint8Array.from(data)],
      ])
      return {
        id: base64url(id),
        response: {
          clientDataJSON: base64url(clientData),
          attestationObject: base64url(isoCBOR.encode(attestation as never)),
        },
      }
    },
    signIn({ counter = 1, isVerified = true, isTampered = false, ...ceremony }) {
      const clientData = clientDataOf('webauthn.get', ceremony)
      const data = authenticatorData(
        ceremony.host ?? defaults.host,
        flag.present + (isVerified ? flag.verified : 0),
        counter,
      )
      const signed = Buffer.concat([data, sha256(isTampered ? 'other bytes' : clientData)])
      return {
        id: base64url(id),
        response: {
          clientDataJSON: base64url(clientData),
          authenticatorData: base64url(data),
          signature: base64url(sign('sha256', signed, privateKey)),
        },
      }
    },
  }
}
