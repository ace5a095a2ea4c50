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
 * The zigzag varint at `from`, of any length, and the position behind it. In floating point: 32-bit arithmetic ends at
 * four bytes. Throws `value_overflow` beyond ±2^52 and `track_undecodable` where the varint is cut off.
 */
export function readZigzag(bytes: Uint8Array, from: number): { value: number; next: number } {
  let at = from
  let zigzag = 0
  let byte = 0x80
  for (let factor = 1; byte > 0x7f; factor *= 0x80) {
    if (at >= bytes.length) throw new MalformedError('track_undecodable', 'a column ends within a cell')
    byte = bytes[at++] as number
    zigzag += (byte & 0x7f) * factor
    if (zigzag > Number.MAX_SAFE_INTEGER || factor > 2 ** 56) {
      throw new MalformedError('value_overflow', 'a difference is beyond 2^52')
    }
  }
  return { value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, next: at }
}
