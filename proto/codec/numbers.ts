// Numbers on the wire: zigzag varints of a column's cells, and repeated numbers as protobuf lets them come (packed, in several
// packed chunks, or one by one).
import { type BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { limits } from './fields.ts'
import { MalformedError } from './malformation.ts'

/** Appends `value` (an integer, |value| <= 2^52) to `out`: 1 → `2`, -1 → `1`, 64 → `0x80, 1`. */
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

export function isRepeatedVarint(wireType: WireType): boolean {
  return wireType === WireType.LengthDelimited || wireType === WireType.Varint
}

/** Adds the bytes of one occurrence of a repeated varint to `chunks`, of which there are never more than samples. */
export function addChunk(chunks: Uint8Array[], reader: BinaryReader, wireType: WireType): void {
  if (chunks.length === limits.samplesPerTrack) {
    throw new MalformedError('too_many_samples', `a column in more than ${limits.samplesPerTrack} pieces`)
  }
  chunks.push(wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(WireType.Varint))
}

/** Far more than any version has; thousands would only keep others waiting. */
const mostFields = 1_000

/** Counts one field. */
export type CountField = () => void

/** For the fields of one message at all its levels, apart from repeated ones with bounds of their own; throws beyond 1,000. */
export function createFieldCount(reason: 'track_undecodable' | 'upload_undecodable'): CountField {
  let fields = 0
  return () => {
    if (++fields > mostFields) throw new MalformedError(reason, `more than ${mostFields} fields`)
  }
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

/** `[3, 300]` → `3, 0xac, 2` */
export function packUint32s(values: readonly number[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const value of values) writer.uint32(value)
  return writer.finish()
}
