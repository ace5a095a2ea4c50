// Ids by which a third party names rides. A ride's own id has its first moment, from which the time ridden out of sight, and so the way
// to a private place, could be reckoned. These tell nothing: the moment is encrypted under the grant's key, and the same each time
// (a synthetic initialization vector, as RFC 5297 has it, by HMAC-SHA-256). Ids of two grants cannot be matched. Pure.
import { createHmac } from '../../runtime/digest.ts'

const tagBytes = 10
const momentBytes = 6

/** Unix milliseconds and a key of at least 16 bytes → 32 hexadecimal digits. */
export function sharedRideId(fromMs: number, key: Uint8Array): string {
  const moment = Buffer.alloc(momentBytes)
  moment.writeUIntBE(fromMs, 0, momentBytes)
  const tag = tagOf(moment, key)
  return Buffer.concat([tag, masked(moment, tag, key)]).toString('hex')
}

/** The moment; undefined where the id was not made with this key. */
export function readSharedRideId(id: string, key: Uint8Array): number | undefined {
  const bytes = Buffer.from(id, 'hex')
  if (bytes.length !== tagBytes + momentBytes) return undefined
  const tag = bytes.subarray(0, tagBytes)
  const moment = masked(bytes.subarray(tagBytes), tag, key)
  return tagOf(moment, key).equals(tag) ? moment.readUIntBE(0, momentBytes) : undefined
}

function tagOf(moment: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update('tag').update(moment).digest().subarray(0, tagBytes)
}

function masked(moment: Uint8Array, tag: Uint8Array, key: Uint8Array): Buffer {
  const mask = createHmac('sha256', key).update('mask').update(tag).digest()
  return Buffer.from(moment.map((byte, i) => byte ^ (mask[i] as number)))
}
