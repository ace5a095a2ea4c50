// The bytes of a module's RawTrack (pipeline.proto), written by hand: the general encoder takes half of the worker's time.

import type { Kind } from '../../../proto/index.ts'
import { hash } from '../../runtime/digest.ts'

export interface DeviceTrack {
  /** The topic's, 16 bytes. */
  readonly bikeId: Uint8Array
  readonly kind: Kind
  readonly sender: string
  readonly receivedAtMs: number
  readonly payload: Uint8Array
}

const [varint, lengthDelimited] = [0, 2]
const idBytes = 16
/** Of a field that is shorter than 128 bytes: its tag and its length. */
const headBytes = 2

/**
 * The track's id follows from what it is, so that a message that comes again is the same track: a UUIDv8 (RFC 9562) from
 * the SHA-256 of the fields device and track as written here. It is the upload's id too: each message is an upload of its
 * own. Nobody has looked into the payload, so samples are not counted.
 */
export function encodeRawTrack({ bikeId, kind, sender, receivedAtMs, payload }: DeviceTrack): Buffer {
  const ids = 2 * (headBytes + idBytes)
  const device = headBytes + idBytes + headBytes + kind.length
  const senderAndTime = headBytes + sender.length + 1 + varintBytes(receivedAtMs)
  const size = ids + senderAndTime + headBytes + device + 1 + varintBytes(payload.length) + payload.length
  const into = Buffer.allocUnsafe(size)
  let at = putText(into, ids, 4, sender)
  into[at] = (5 << 3) | varint
  at = putVarint(into, at + 1, receivedAtMs)
  const content = at
  into[at] = (9 << 3) | lengthDelimited
  into[at + 1] = device
  at = putText(into, putBytes(into, at + headBytes, 1, bikeId), 2, kind)
  putBytes(into, at, 7, payload)
  putId(into, hash('sha256', into.subarray(content), 'binary'))
  return into
}

/** Into fields 1 and 2, the id of the track and of its upload. */
function putId(into: Buffer, digest: string): void {
  for (const field of [1, 2]) {
    const at = (field - 1) * (headBytes + idBytes)
    into[at] = (field << 3) | lengthDelimited
    into[at + 1] = idBytes
    const id = at + headBytes
    into.write(digest, id, idBytes, 'latin1')
    into[id + 6] = 0x80 | ((into[id + 6] as number) & 0x0f)
    into[id + 8] = 0x80 | ((into[id + 8] as number) & 0x3f)
  }
}

function putBytes(into: Buffer, at: number, field: number, bytes: Uint8Array): number {
  into[at] = (field << 3) | lengthDelimited
  const start = putVarint(into, at + 1, bytes.length)
  into.set(bytes, start)
  return start + bytes.length
}

/** ASCII of less than 128 characters. */
function putText(into: Buffer, at: number, field: number, text: string): number {
  into[at] = (field << 3) | lengthDelimited
  into[at + 1] = text.length
  return at + headBytes + into.write(text, at + headBytes, 'latin1')
}

function putVarint(into: Buffer, at: number, value: number): number {
  let rest = value
  let next = at
  for (; rest >= 128; rest = Math.floor(rest / 128)) into[next++] = (rest % 128) | 128
  into[next++] = rest
  return next
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
