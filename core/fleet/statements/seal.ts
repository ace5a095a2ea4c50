// The seal of a record of manufacturing.events: a compact JWS (RFC 7515) with an Ed25519 key of the partner that speaks.
import { toBinary } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import { createHash, createPublicKey, type KeyObject, sign, verify } from '../../runtime/digest.ts'
import { saidComponents, saidFrameNumber } from './said.ts'

export interface Sealing {
  /** Ed25519. */
  readonly privateKey: KeyObject
  readonly keyId: string
  /** The installation that it is said to, since what is said to one must count nowhere else. */
  readonly audience: string
}

export type OpenedSeal =
  /** It has not the form of a seal. */
  | { readonly kind: 'unsealed' }
  | { readonly kind: 'invalid'; readonly detail: string }
  /** Its header is right. Whether the key signed it says `isSealedBy`. */
  | ({ readonly kind: 'sealed' } & Seal)

export interface Seal {
  readonly keyId: string
  /** As received: it is never encoded anew. */
  readonly payload: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

const algorithm = 'EdDSA'
const type = 'mobility-statement'
const most = { sealCharacters: 1024 * 1024, headerCharacters: 1_024 }
const form = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)$/

/**
 * Seals the bytes of a statement.
 *
 *     {"eventId": …} → eyJhbGciOiJFZERTQSIsImtpZCI6….eyJldmVudElkIjog….c2lnbmF0dXJl…
 */
export function seal(payload: Uint8Array, { privateKey, keyId, audience }: Sealing): string {
  const header = JSON.stringify({ alg: algorithm, kid: keyId, typ: type, aud: audience })
  const signed = `${base64url(Buffer.from(header))}.${base64url(payload)}`
  return `${signed}.${base64url(sign(null, Buffer.from(signed), privateKey))}`
}

/** Statements about one bike or component have one key, so Kafka keeps their order. */
export function sealedRecord(
  statement: ManufacturingEvent,
  { topic, sealing }: { readonly topic: string; readonly sealing: Sealing },
): OutgoingRecord {
  const key =
    saidFrameNumber(statement) || saidComponents(statement)[0]?.name.serialNumber || statement.source
  const value = Buffer.from(seal(toBinary(ManufacturingEventSchema, statement), sealing))
  return { topic, key: Buffer.from(key), value }
}

/** Reads a record. A header must have exactly alg, kid, typ and aud, once each. */
export function openSeal(record: Uint8Array, audience: string): OpenedSeal {
  if (record.length > most.sealCharacters) return { kind: 'unsealed' }
  const [all, header, payload, signature] = form.exec(Buffer.from(record).toString('latin1')) ?? []
  if (all === undefined || header === undefined) return { kind: 'unsealed' }
  const said = readHeader(header)
  const fault = faultOf(said, audience)
  if (said === undefined || fault !== undefined) return { kind: 'invalid', detail: fault ?? '' }
  const bytes = [payload, signature].map((text) => decode(text ?? ''))
  if (bytes[0] === undefined || bytes[1] === undefined) {
    return { kind: 'invalid', detail: 'its parts are not in base64url' }
  }
  const signed = record.subarray(0, all.lastIndexOf('.'))
  return { kind: 'sealed', keyId: String(said.kid), payload: bytes[0], signed, signature: bytes[1] }
}

/** `publicKey` has the 32 bytes of an Ed25519 key. */
export function isSealedBy({ signed, signature }: Seal, publicKey: Uint8Array): boolean {
  return signature.length === 64 && verify(null, signed, publicKeyOf(publicKey), signature)
}

/** JWK thumbprint (RFC 7638) of an Ed25519 key: the id follows from the key, so nobody can take another's. */
export function keyIdOf(publicKey: Uint8Array): string {
  const jwk = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: base64url(publicKey) })
  return createHash('sha256').update(jwk).digest('base64url')
}

/** The 32 bytes of a public key, or of a private key's public one. Undefined where it is no Ed25519 key. */
export function publicKeyBytes(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  return x === undefined ? undefined : Buffer.from(x, 'base64url')
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(bytes) }, format: 'jwk' })
}

type Header = Readonly<Record<string, unknown>>

function readHeader(encoded: string): Header | undefined {
  const text = encoded.length > most.headerCharacters ? undefined : decode(encoded)?.toString('utf8')
  // Four names and four texts without escapes: JSON.parse would hide a name that is said twice.
  if (text === undefined || text.includes('\\') || text.split('"').length !== 17) return undefined
  try {
    const said: unknown = JSON.parse(text)
    return typeof said === 'object' && said !== null && Object.keys(said).length === 4
      ? (said as Header)
      : undefined
  } catch {
    return undefined
  }
}

function faultOf(said: Header | undefined, audience: string): string | undefined {
  if (said === undefined) return 'its header has not exactly alg, kid, typ and aud'
  if (said.alg !== algorithm) return `alg is not ${algorithm}`
  if (said.typ !== type) return `typ is not ${type}`
  if (said.aud !== audience) return 'aud is not this installation'
  return /^[A-Za-z0-9_-]{43}$/.test(String(said.kid)) ? undefined : 'kid is no thumbprint of a key'
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

/** Undefined where other text would give the same bytes. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return base64url(bytes) === text ? bytes : undefined
}
