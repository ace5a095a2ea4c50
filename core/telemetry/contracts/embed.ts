// Wraps a record's bytes into the next stage's message, as they came: nobody encodes a track a second time.

/** Field 1, length-delimited. */
const tag = 0x0a

/** A message whose field 1 is the message in `inner`; `others` are the bytes of its other fields. */
export function embed(inner: Uint8Array, others: Uint8Array): Uint8Array {
  const head = [tag]
  let rest = inner.length
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  head.push(rest)
  const bytes = new Uint8Array(head.length + inner.length + others.length)
  bytes.set(head)
  bytes.set(inner, head.length)
  bytes.set(others, head.length + inner.length)
  return bytes
}
