// Zigzag varints of integers up to ±2^52, the cells of a column.
import { MalformedError } from './malformation.ts'

/** Appends `value` (an integer, |value| <= 2^52) to `out`. */
export function pushZigzag(out: number[], value: number): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 0x7f) {
    out.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  out.push(rest)
}

/**
 * Decodes the zigzag varints of `bytes` into `out` and returns how many there were; those beyond `out.length` are
 * counted, not kept. Throws `value_overflow` beyond ±2^52 and `track_undecodable` where the last varint is cut off.
 */
export function readZigzags(bytes: Uint8Array, out: Float64Array): number {
  const end = bytes.length
  let at = 0
  let index = 0
  while (at < end) {
    const first = bytes[at++] as number
    let zigzag = first & 0x7f
    let byte = first
    // Up to four bytes fit 32-bit arithmetic: nearly every cell of a real ride.
    for (let shift = 7; byte > 0x7f && shift < 28 && at < end; shift += 7) {
      byte = bytes[at++] as number
      zigzag |= (byte & 0x7f) << shift
    }
    if (byte <= 0x7f) {
      if (index < out.length) out[index] = (zigzag >>> 1) ^ -(zigzag & 1)
    } else {
      at = readWide({ bytes, at, zigzag, index }, out)
    }
    index++
  }
  return index
}

/** The rest of a varint of five bytes and more, in floating point. Returns the position behind it. */
function readWide(
  from: { bytes: Uint8Array; at: number; zigzag: number; index: number },
  out: Float64Array,
): number {
  const { bytes, index } = from
  let { at, zigzag } = from
  let byte = 0x80
  for (let factor = 2 ** 28; byte > 0x7f; factor *= 0x80) {
    if (at >= bytes.length) throw new MalformedError('track_undecodable', `cell ${index} is cut off`)
    byte = bytes[at++] as number
    zigzag += (byte & 0x7f) * factor
    if (zigzag > Number.MAX_SAFE_INTEGER || factor > 2 ** 56) {
      throw new MalformedError('value_overflow', `cell ${index} is beyond 2^52`)
    }
  }
  if (index < out.length) out[index] = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  return at
}
