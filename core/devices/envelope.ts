// The bytes of a module's RawTrack (pipeline.proto), written by hand: the general encoder takes half of the worker's time.
import { hash } from 'node:crypto'
import type { Kind } from '../../proto/index.ts'

export interface DeviceTrack {
  /** The topic's, 16 bytes. */
  readonly bikeId: Uint8Array
  readonly kind: Kind
  readonly sender: string
  readonly receivedAtMs: number
  readonly payload: Uint8Array
}

const [varint, lengthDelimited] = [0, 2]
/** More than all fields but the payload take. */
const roomForFields = 192

/**
 * The track's id follows from what it is, so that a message that comes again is the same track: a UUIDv8 (RFC 9562) from
 * the SHA-256 of the fields device and track as written here. It is the upload's id too: each message is an upload of its
 * own. Nobody has looked into the payload, so samples are not counted.
 */
export function encodeRawTrack({ bikeId, kind, sender, receivedAtMs, payload }: DeviceTrack): Buffer {
  const into = Buffer.allocUnsafe(roomForFields + payload.length)
  const received = putText(into, roomForIds, 4, sender)
  into[received] = (5 << 3) | varint
  const device = putVarint(into, received + 1, receivedAtMs)
  // device { bike_id = 1, kind = 2 }, each field with one byte of tag and one of length.
  into[device] = (9 << 3) | lengthDelimited
  into[device + 1] = 2 + bikeId.length + 2 + kind.length
  const inDevice = putText(into, putBytes(into, device + 2, 1, bikeId), 2, kind)
  const end = putBytes(into, inDevice, 7, payload)
  const trackId = idOf(into.subarray(device, end))
  putBytes(into, putBytes(into, 0, 1, trackId), 2, trackId)
  return into.subarray(0, end)
}

/** Fields 1 and 2 stand first, and are written last. */
const roomForIds = 2 * (2 + 16)

function idOf(content: Uint8Array): Uint8Array {
  const id = hash('sha256', content, 'buffer').subarray(0, 16)
  id[6] = 0x80 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return id
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
