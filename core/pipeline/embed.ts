// Wraps a record's bytes into the next stage's message, as they came: nobody encodes a track a second time.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A message whose field 1 is the message in `inner`; `others` are the bytes of its other fields. */
export function embed(inner: Uint8Array, others: Uint8Array): Uint8Array {
  const head = new BinaryWriter().tag(1, WireType.LengthDelimited).uint32(inner.length).finish()
  const bytes = new Uint8Array(head.length + inner.length + others.length)
  bytes.set(head)
  bytes.set(inner, head.length)
  bytes.set(others, head.length + inner.length)
  return bytes
}
