// Bytes of a file to text: by its byte order mark, as UTF-8 where it is that, else as the mapping says.
import type { Encoding } from './mapping.ts'

export type KnownEncoding = Exclude<Encoding, 'auto'>

const marks: readonly (readonly [KnownEncoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** Finds out, chunk by chunk, how a file is encoded that does not say. What is no UTF-8 is taken for Windows-1252. */
export function createEncodingGuess() {
  const strict = new TextDecoder('utf-8', { fatal: true })
  let head: number[] = []
  let isUtf8 = true
  return {
    see(chunk: Uint8Array): void {
      if (head.length < 3) head = [...head, ...chunk.subarray(0, 3)].slice(0, 3)
      try {
        // The end is not asked for: a half-written file may stop within a character.
        if (isUtf8) strict.decode(chunk, { stream: true })
      } catch {
        isUtf8 = false
      }
    },
    result(): KnownEncoding {
      const marked = marks.find(([, mark]) => mark.every((byte, index) => head[index] === byte))
      return marked?.[0] ?? (isUtf8 ? 'utf-8' : 'windows-1252')
    },
  }
}

/** Text in pieces, without the byte order mark. What is no character becomes U+FFFD. */
export async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  encoding: KnownEncoding,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}
