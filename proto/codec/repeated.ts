// Repeated numbers as protobuf lets them come: packed, in several packed chunks, or one by one.
import { type BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { limits } from './limits.ts'
import { MalformedError } from './malformation.ts'

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

export function packUint32s(values: readonly number[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const value of values) writer.uint32(value)
  return writer.finish()
}
