// Text in pieces to lines, whatever ends them. No line can be so long that it fills the memory.

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
