// Repeated numbers as protobuf lets them come: packed, in several packed chunks, or one by one.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export function isRepeatedVarint(wireType: WireType): boolean {
  return wireType === WireType.LengthDelimited || wireType === WireType.Varint
}

/** The varints of one occurrence of a repeated field as bytes. */
export function packedChunk(reader: BinaryReader, wireType: WireType): Uint8Array {
  return wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(WireType.Varint)
}

export function packUint32s(values: readonly number[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const value of values) writer.uint32(value)
  return writer.finish()
}

export function readUint32s(bytes: Uint8Array): number[] {
  const reader = new BinaryReader(bytes)
  const values: number[] = []
  while (reader.pos < reader.len) values.push(reader.uint32())
  return values
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
