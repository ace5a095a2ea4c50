import { expect, test } from 'vitest'
import { linesOf, longestLine } from './lines.ts'
import { rowsOf } from './rows.ts'
import { collect } from './testing/collect.ts'

const semicolons = { delimiter: ';', quote: '"', skipLines: 0, lastLineBreak: 'required' } as const

async function* whole(text: string) {
  yield text
}
const rowsIn = (text: string, form: object = {}) =>
  collect(rowsOf(linesOf(whole(text)), { ...semicolons, ...form }))
const cellsIn = async (text: string, form: object = {}) =>
  (await rowsIn(text, form)).map(({ cells, faults }) => (faults.length > 0 ? faults.length : cells))

test.each<[string, string, unknown[], object?]>([
  [
    'plain cells',
    'a;b\nc;d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['empty lines, which say nothing', 'a\n\n  \nb\n', [['a'], ['b']]],
  ['lines before the header', 'Export\n2026\na;b\n', [['a', 'b']], { skipLines: 2 }],
  ['quoted delimiters and quotes', '"a;""b""";c\n', [['a;"b"', 'c']]],
  [
    'quoted line breaks',
    '"a\nb";c\r\nd;e\n',
    [
      ['a\nb', 'c'],
      ['d', 'e'],
    ],
  ],
  [
    'an inch sign',
    'a;27.5" wheel\nb;c\n',
    [
      ['a', '27.5" wheel'],
      ['b', 'c'],
    ],
  ],
  ['two inch signs in a row', '26" or 28";a\n', [['26" or 28"', 'a']]],
  ['quotes that are none', '"a;b\n', [['"a', 'b']], { quote: false }],
  ['a quote without end costs its own line', 'a;"b\nc;d\n"e";f\n', [1, ['c', 'd'], ['e', 'f']]],
  ['two of them, and a row over two lines between', 'a;"b\n"c\nd";e\nf;"g\n', [1, ['c\nd', 'e'], 1]],
  ['a last row without a line break', 'a;b\nc', [['a', 'b'], 1]],
  [
    'the same where the source never writes one',
    'a;b\nc',
    [['a', 'b'], ['c']],
    { lastLineBreak: 'optional' },
  ],
  ['half a quoted cell at the end', 'a;b\nc;"d', [['a', 'b'], 2]],
  ['bytes that are no characters', 'a\ufffd\nb\n', [1, ['b']]],
  ['a row without end', `${'x'.repeat(longestLine + 1)}\nb\n`, [1, ['b']]],
])('%s', async (_, text, rows, form) => expect(await cellsIn(text, form)).toEqual(rows))

test('a row knows its line and its text as it came', async () => {
  expect(await rowsIn('a\n\n"b\nc";"d"\ne\n')).toMatchObject([
    { line: 1, text: 'a' },
    { line: 3, text: '"b\nc";"d"' },
    { line: 5, text: 'e' },
  ])
})
