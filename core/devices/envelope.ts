// The bytes of a module's RawTrack (pipeline.proto), written by hand: the general encoder takes half of the worker's time.
import type { Kind } from '../../proto/index.ts'

export interface DeviceTrack {
  /** The upload's id too: each message is an upload of its own. */
  readonly trackId: Uint8Array
  /** The topic's. */
  readonly bikeId: Uint8Array
  readonly kind: Kind
  readonly sender: string
  readonly receivedAtMs: number
  readonly payload: Uint8Array
}

const [varint, lengthDelimited] = [0, 2]
/** More than all fields but the payload take. */
const roomForFields = 192

/** Nobody has looked into the payload, so samples are not counted. */
export function encodeRawTrack(of: DeviceTrack): Buffer {
  const into = Buffer.allocUnsafe(roomForFields + of.payload.length)
  let at = putBytes(into, 0, 1, of.trackId)
  at = putBytes(into, at, 2, of.trackId)
  at = putText(into, at, 4, of.sender)
  into[at++] = (5 << 3) | varint
  at = putVarint(into, at, of.receivedAtMs)
  at = putBytes(into, at, 7, of.payload)
  // device { bike_id = 1, kind = 2 }, each field with one byte of tag and one of length.
  into[at++] = (9 << 3) | lengthDelimited
  into[at++] = 2 + of.bikeId.length + 2 + of.kind.length
  at = putBytes(into, at, 1, of.bikeId)
  at = putText(into, at, 2, of.kind)
  return into.subarray(0, at)
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
  return at + 2 + into.write(text, at + 2, 'latin1')
}

function putVarint(into: Buffer, at: number, value: number): number {
  let rest = value
  let next = at
  for (; rest >= 128; rest = Math.floor(rest / 128)) into[next++] = (rest % 128) | 128
  into[next++] = rest
  return next
}
