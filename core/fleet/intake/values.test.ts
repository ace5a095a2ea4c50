import { expect, test } from 'vitest'
import { readValue, type ValueForms, type ValueKind } from './values.ts'

const berlin: ValueForms = {
  decimal: ',',
  dates: ['dd.MM.yyyy HH:mm', 'd.M.yyyy', 'd. MMMM yyyy', 'iso', 'excel'],
  zone: 'Europe/Berlin',
  locale: 'de',
}
const london: ValueForms = {
  decimal: '.',
  dates: ['dd/MM/yyyy', 'unix'],
  zone: 'Europe/London',
  locale: 'en',
}

test.each<[ValueKind, string, ValueForms, unknown]>([
  ['number', '1,5', berlin, 1.5],
  ['number', '1.234,5', berlin, 1234.5],
  ['number', '1 234 567', berlin, 1234567],
  ['number', '1,234.5', london, 1234.5],
  ['number', '-7', london, -7],
  ['number', '1,23', london, undefined],
  ['number', '1,2,3', berlin, undefined],
  ['number', '4,5E+11', berlin, undefined],
  ['number text', '1,20', berlin, '1.20'],
  ['number text', '1,10', berlin, '1.10'],
  ['number text', '12345678901234567890', berlin, '12345678901234567890'],
  ['number text', 'rev 3', berlin, undefined],
  ['flag', 'Ja', berlin, true],
  ['flag', 'x', berlin, true],
  ['flag', '-', berlin, false],
  ['flag', 'vielleicht', berlin, undefined],
  ['date', '02.03.2026 10:00', berlin, '2026-03-02T09:00:00.000Z'],
  ['date', '02.07.2026 10:00', berlin, '2026-07-02T08:00:00.000Z'],
  ['date', '2.3.2026', berlin, '2026-03-01T23:00:00.000Z'],
  ['date', '3. März 2026', berlin, '2026-03-02T23:00:00.000Z'],
  ['date', '2026-03-02T10:00:00Z', berlin, '2026-03-02T10:00:00.000Z'],
  ['date', '2026-03-02T10:00:00', berlin, '2026-03-02T09:00:00.000Z'],
  ['date', '20260302T100000', berlin, '2026-03-02T09:00:00.000Z'],
  ['date', '12:30', berlin, undefined],
  ['date', '12', berlin, undefined],
  ['date', '0830', berlin, undefined],
  ['date', '2026', berlin, undefined],
  ['date', '2026-03', berlin, undefined],
  ['date', '46083,5', berlin, '2026-03-02T11:00:00.000Z'],
  ['date', '31.02.2026', berlin, undefined],
  ['date', '7', berlin, undefined],
  ['date', '03/02/2026', london, '2026-02-03T00:00:00.000Z'],
  ['date', '02/31/2026', london, undefined],
  ['date', '1772445600', london, '2026-03-02T10:00:00.000Z'],
])('%s "%s"', (kind, text, forms, value) => {
  const read = readValue(kind, text, forms)
  expect(read.ok ? read.value : undefined).toEqual(value)
})

test.each(['1,91431E+18', '1.9E-7', '4E+11', '="0042"', '=A1', '#N/A', '#REF!', '#DIV/0!', '####'])(
  'a spreadsheet has made %s, and no kind of value takes it',
  (text) => {
    for (const kind of ['text', 'number', 'number text', 'flag', 'date'] as const) {
      expect(readValue(kind, text, berlin)).toEqual({
        ok: false,
        fault: `a spreadsheet has made "${text}" of it`,
      })
    }
  },
)

test.each(['12E45', 'E+18', '1E18', 'A=B', '#12', 'N/A'])('%s is a text as any other', (text) => {
  expect(readValue('text', text, berlin)).toEqual({ ok: true, value: text })
})

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is neither yes nor no', (text) => {
  expect(readValue('flag', text, { decimal: '.', dates: [], zone: 'UTC', locale: 'en' })).toEqual({
    ok: false,
    fault: `"${text}" is neither yes nor no`,
  })
})
