// Text files as they flow: numbers as digits, and pieces of text as chunks of bytes. Pure.

const chunkCharacters = 16 * 1024

/** Pieces of text as UTF-8, in chunks of about 16 KiB, so that a file never stands in memory as a whole. */
export function* toChunks(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < chunkCharacters) continue
    yield encoder.encode(text)
    text = ''
  }
  if (text.length > 0) yield encoder.encode(text)
}

/** `decimal(1e-7)` → `0.0000001`: XML schema knows decimals without an exponent only. For the digits that metrics have. */
export function decimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(7) : text
}

/** `utcTime(0)` → `1970-01-01T00:00:00.000Z`. */
export function utcTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

/** A JSON array whose items are written piece by piece: `[1, 2]` by `(n) => [String(n)]` → `[1,2]`. */
export function* jsonArray<T>(items: Iterable<T>, write: (item: T) => Iterable<string>): Generator<string> {
  let before = '['
  for (const item of items) {
    yield before
    yield* write(item)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}
