// CSV as RFC 4180 has it, in which no text becomes a formula when a spreadsheet opens it. Pure.
import type { RideStreams } from '../port.ts'
import { gapFinder, rideMetrics, valueReader } from '../streams.ts'
import { decimal, toChunks, utcTime } from './text.ts'

export type Cell = string | number | null

/** A spreadsheet runs a text that begins so; a quote that stands there already must be told from ours. */
const runs = /^[=+\-@\t\r\n'＝＋－＠]/

/**
 * A header and lines of cells as CSV in UTF-8. Numbers stay numbers; a text that a spreadsheet would run begins with `'`, and a reader
 * takes that one away again; null is an empty cell.
 *
 *     ['name', 'km'], [['=A1', -2]] → name,km␍␊'=A1,-2␍␊
 */
export function encodeCsv(
  header: readonly string[],
  lines: Iterable<readonly Cell[]>,
): Generator<Uint8Array> {
  return toChunks(csvLines(header, lines))
}

/**
 * A ride with a line for each row: its time in UTC, then each metric that was measured, in the unit that its name says. Gaps have no
 * line, since nothing was measured there.
 */
export function encodeRideCsv(streams: RideStreams): Generator<Uint8Array> {
  const metrics = rideMetrics.filter((metric) => streams.columns[metric] !== undefined)
  return encodeCsv(['time_utc', ...metrics], rideLines(streams, metrics))
}

function* rideLines(streams: RideStreams, metrics: typeof rideMetrics): Generator<Cell[]> {
  const isGap = gapFinder(streams)
  const valueAt = valueReader(streams)
  for (const [row, timeMs] of streams.times.entries()) {
    if (!isGap(row)) yield [utcTime(timeMs), ...metrics.map((metric) => valueAt(metric, row))]
  }
}

function* csvLines(header: readonly string[], lines: Iterable<readonly Cell[]>): Generator<string> {
  yield csvLine(header)
  for (const line of lines) yield csvLine(line)
}

/** `['=A1', -2]` → `'=A1,-2␍␊`. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return decimal(cell)
  const safe = runs.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) || safe === '' ? `"${safe.replaceAll('"', '""')}"` : safe
}
