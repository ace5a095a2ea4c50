// Lines to rows of cells. A quoted cell may hold line breaks; a quote that never ends costs its own line only.
import { parse } from 'csv-parse/sync'
import { type Line, longestLine } from './lines.ts'
import type { CsvForm } from './mapping.ts'

export interface Row {
  /** Where it begins, from 1 on. */
  readonly line: number
  /** As it stands in the file, without its line break; cut where it is too long. */
  readonly text: string
  readonly cells: readonly string[]
  /** Why it cannot be believed; empty when it can. */
  readonly faults: readonly string[]
}

type Form = Pick<CsvForm, 'delimiter' | 'quote' | 'skipLines' | 'lastLineBreak'>

const mostLinesInRow = 20

/** Empty lines are no rows. */
export async function* rowsOf(lines: AsyncIterable<Line>, form: Form): AsyncGenerator<Row> {
  let waiting: readonly Line[] = []
  for await (const line of lines) {
    if (line.number <= form.skipLines) continue
    waiting = [...waiting, line]
    waiting = yield* wholeRows(waiting, form, mostLinesInRow)
  }
  yield* wholeRows(waiting, form, 1)
}

/** Yields the rows that are complete and returns the lines that may be the beginning of another, fewer than `most`. */
function* wholeRows(lines: readonly Line[], form: Form, most: number): Generator<Row, readonly Line[]> {
  let rest = lines
  while (rest.length > 0) {
    const cells = cellsOver(rest, form)
    if (cells === undefined && rest.length < most) return rest
    const taken = rest.slice(0, cells?.lines ?? 1)
    rest = rest.slice(taken.length)
    const row = rowOf(taken, cells?.cells, form)
    if (row.text.trim() !== '') yield row
  }
  return rest
}

interface Cells {
  readonly cells: readonly string[]
  /** Over how many lines they reach. */
  readonly lines: number
}

function cellsOver(lines: readonly Line[], { delimiter, quote }: Form): Cells | undefined {
  const [first] = lines as readonly [Line]
  if (quote === false || !first.text.includes(quote)) return { cells: first.text.split(delimiter), lines: 1 }
  const options = { delimiter, quote, escape: quote }
  for (let count = 1; count <= Math.min(lines.length, mostLinesInRow); count++) {
    const text = textOf(lines.slice(0, count))
    if (quotesIn(text, quote) % 2 !== 0) continue
    const cells =
      cellsIn(text, options) ?? (count === 1 ? cellsIn(text, { ...options, relax_quotes: true }) : undefined)
    if (cells !== undefined) return { cells, lines: count }
  }
  return undefined
}

/** `cells` is undefined where a quote does not end: then it is taken for an inch sign, if it can be one. */
function rowOf(lines: readonly Line[], cells: readonly string[] | undefined, form: Form): Row {
  const [first] = lines as readonly [Line]
  const text = textOf(lines)
  const { delimiter, quote, lastLineBreak } = form
  const known = cells ?? cellsIn(text, { delimiter, quote, relax_quotes: true })
  const isHalf = lines.some(({ isEnded }) => !isEnded) && lastLineBreak === 'required'
  const isLong = lines.some(({ isCut }) => isCut) || text.length > longestLine
  const faults = [
    ...(known === undefined ? ['a quote does not end'] : []),
    ...(isHalf ? ['the file ends within the row: it has no line break'] : []),
    ...(isLong ? [`it has more than ${longestLine} characters`] : []),
    ...(text.includes('\ufffd') ? ['it has bytes that are no characters in this encoding'] : []),
  ]
  return { line: first.number, text: text.slice(0, longestLine), cells: known ?? [], faults }
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join('\n')
}

function quotesIn(text: string, quote: string): number {
  return text.split(quote).length - 1
}

/** Undefined where the text is not exactly one row. */
function cellsIn(text: string, options: object): readonly string[] | undefined {
  try {
    const rows: string[][] = parse(text, { ...options, relax_column_count: true })
    return rows.length === 1 ? rows[0] : undefined
  } catch {
    return undefined
  }
}
