// UUIDs between their 16 bytes on the wire and their text everywhere else.

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lower case. `bytes` has length 16. */
export function uuidText(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += hex[bytes[i] as number]
  }
  return text
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return pattern.test(text)
}

/** `0192…0001` → its 16 bytes. Throws RangeError on anything that is no UUID. */
export function uuidBytes(text: string): Uint8Array {
  if (!isUuid(text)) throw new RangeError(`not a UUID: ${text.slice(0, 64)}`)
  const bytes = new Uint8Array(16)
  for (let i = 0, at = 0; i < 16; i++, at += 2) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++
    bytes[i] = (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1))
  }
  return bytes
}

/** The value of a hexadecimal digit's character code. */
function digit(code: number): number {
  return code < 0x40 ? code - 0x30 : (code | 0x20) - 0x57
}

/** Random bytes are fetched for many ids at once: a call costs more than its bytes. */
const pool = new Uint8Array(16 * 256)
let taken = pool.length

/** A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. */
export function uuidV7Bytes(nowMs: number = Date.now()): Uint8Array {
  if (taken === pool.length) {
    crypto.getRandomValues(pool)
    taken = 0
  }
  const bytes = pool.slice(taken, taken + 16)
  taken += 16
  let rest = nowMs
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  return bytes
}
