import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gapFinder, toStreams } from '../streams.ts'
import { anyStreams } from '../testing/streams.ts'
import { encodeCsv, encodeRideCsv } from './csv.ts'

const textOf = (chunks: Iterable<Uint8Array>) => Buffer.concat([...chunks]).toString()

test('a ride has a line for each row, with the units in the header', () => {
  const streams = toStreams([
    { timeMs: 0, values: { speed_kmh: 18.4, ambient_temperature_c: -2.5 } },
    { timeMs: 1_500, values: { current_a: 0 } },
    { timeMs: 90_000, values: { longitude_deg: 1e-7 } },
  ])
  expect(textOf(encodeRideCsv(streams)).split('\r\n')).toEqual([
    'time_utc,longitude_deg,speed_kmh,ambient_temperature_c,current_a',
    '1970-01-01T00:00:00.000Z,,18.4,-2.5,',
    '1970-01-01T00:00:01.500Z,,,,0',
    '1970-01-01T00:01:30.000Z,0.0000001,,,',
    '',
  ])
})

test('an independent parser reads back what was measured', () => {
  fc.assert(
    fc.property(anyStreams, (streams) => {
      const isGap = gapFinder(streams)
      const measured = streams.times.flatMap((timeMs, row) => (isGap(row) ? [] : [{ timeMs, row }]))
      const lines: Record<string, string>[] = parse(textOf(encodeRideCsv(streams)), { columns: true })
      expect(lines).toHaveLength(measured.length)
      const expected = measured.map(({ timeMs, row }) => ({
        time_utc: timeMs,
        ...Object.fromEntries(
          Object.entries(streams.columns).map(([metric, column]) => [metric, column[row]]),
        ),
      }))
      const read = lines.map(({ time_utc: time, ...cells }) => ({
        time_utc: Date.parse(String(time)),
        ...Object.fromEntries(
          Object.entries(cells).map(([metric, cell]) => [metric, cell === '' ? null : Number(cell)]),
        ),
      }))
      expect(read).toEqual(expected)
    }),
  )
})

test('any text comes back, once the quote before what a spreadsheet would run is taken away', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.tuple(fc.constantFrom(...'=+-@\'"\t\r\n＝＋－＠'), fc.string()).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 2, maxLength: 5 }), (texts) => {
      const [, line] = parse(textOf(encodeCsv(texts.map(String), [texts])), { relax_column_count: true })
      const cells = (line ?? []) as string[]
      expect(cells.some((cell) => /^[=+\-@\t\r\n]/.test(cell))).toBe(false)
      expect(cells.map((cell) => (cell.startsWith("'") ? cell.slice(1) : cell))).toEqual(texts)
    }),
  )
})

test('numbers stay numbers, and nothing is an empty cell', () => {
  expect(
    textOf(
      encodeCsv(
        ['name', 'km'],
        [
          ['=1+1', -2],
          ['', null],
        ],
      ),
    ),
  ).toBe('name,km\r\n\'=1+1,-2\r\n"",\r\n')
})
