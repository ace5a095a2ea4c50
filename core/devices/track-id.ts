// The id of a module's track, from what it is: a message that comes again is the same track.
import { hash } from 'node:crypto'
import type { Kind } from '../../proto/index.ts'

/** UUIDv8 (RFC 9562) from the SHA-256 of the topic's bike (16 bytes), the topic's kind and the payload. */
export function trackIdOf(bikeId: Uint8Array, kind: Kind, payload: Uint8Array): Uint8Array {
  const id = hash('sha256', Buffer.concat([bikeId, kindBytes[kind], payload]), 'buffer').subarray(0, 16)
  id[6] = 0x80 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return id
}

/** The zero byte ends the kind: no kind and payload together read like another pair. */
const kindBytes: Readonly<Record<Kind, Buffer>> = {
  ride: Buffer.from('ride\0'),
  battery: Buffer.from('battery\0'),
  motor: Buffer.from('motor\0'),
  fault: Buffer.from('fault\0'),
}
