// Bytes of a file to text, and text to lines, whatever ends them. No line can be so long that it fills the memory.
import type { Encoding } from './mapping.ts'

export interface Line {
  readonly text: string
  /** From 1 on. */
  readonly number: number
  /** False for the last one of a file that does not end with a line break. */
  readonly isEnded: boolean
  /** It was longer than this. */
  readonly isCut: boolean
}

export const longestLine = 64 * 1024
const lineBreak = /\r\n|\n|\r/g

export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = ''
  let isCut = false
  let number = 0
  const line = (text: string, isEnded: boolean): Line => {
    const cut = isCut || text.length > longestLine
    isCut = false
    number++
    return { text: text.slice(0, longestLine), number, isEnded, isCut: cut }
  }
  for await (const piece of pieces) {
    const text = rest + piece
    let from = 0
    for (const found of text.matchAll(lineBreak)) {
      // Its other half may come with the next piece.
      if (found[0] === '\r' && found.index === text.length - 1) break
      yield line(text.slice(from, found.index), true)
      from = found.index + found[0].length
    }
    rest = text.slice(from)
    if (rest.length > longestLine + 1) {
      // Enough to know it again, and the last character, which may be half of a line break.
      rest = rest.slice(0, longestLine) + rest.slice(-1)
      isCut = true
    }
  }
  if (rest.endsWith('\r')) yield line(rest.slice(0, -1), true)
  else if (rest !== '') yield line(rest, false)
}

export type KnownEncoding = Exclude<Encoding, 'auto'>

const marks: readonly (readonly [KnownEncoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** Finds out the encoding, chunk by chunk: by the byte order mark, else UTF-8 where all bytes are that, else Windows-1252. */
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

/** Text in pieces, without the byte order mark. Bytes that are no character become U+FFFD. */
export async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  encoding: KnownEncoding,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}
