import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { hasValidCheckDigit, normaliseSerialNumber, serialFault, withCheckDigit } from './serial-number.ts'

test.each([
  ['small letters', 'ba12', 'BA12'],
  ['white space of any kind', ' BA\t1\u00a02\n', 'BA12'],
  ['full-width characters', 'ＢＡ１２', 'BA12'],
  ['invisible characters', '\ufeffBA\u200b12', 'BA12'],
])('%s do not count', (_, written, number) => expect(normaliseSerialNumber(written)).toBe(number))

test.each([
  ['Luhn', CheckDigit.LUHN, '79927398713', true],
  ['Luhn, a digit wrong', CheckDigit.LUHN, '79927398723', false],
  ['Luhn with letters, as in an ISIN', CheckDigit.LUHN, 'US0378331005', true],
  ['Luhn, two characters exchanged', CheckDigit.LUHN, 'US0373831005', false],
  ['Luhn, no digit at the end', CheckDigit.LUHN, 'US037833100X', false],
  ['Luhn, nothing at all', CheckDigit.LUHN, '', false],
  ['MOD 37,36, as in ISO 7064', CheckDigit.MOD_37_36, 'A12425GABC1234002M', true],
  ['MOD 37,36 between separators', CheckDigit.MOD_37_36, 'A12425-GABC-1234002-M', true],
  ['MOD 37,36, a letter wrong', CheckDigit.MOD_37_36, 'A12425GABD1234002M', false],
  ['none', CheckDigit.NONE, 'anything', true],
])('check digit: %s', (_, kind, number, holds) => expect(hasValidCheckDigit(kind, number)).toBe(holds))

test.each([[CheckDigit.LUHN], [CheckDigit.MOD_37_36]])(
  'check digit %i: what is completed holds, and no digit of it can be mistyped',
  (kind) => {
    const bodies = fc.stringMatching(/^[0-9A-Z]{1,20}$/)
    const complete = (body: string) => withCheckDigit(kind, body) as string
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 9 }), (body, place, shift) => {
        const number = complete(body)
        expect(hasValidCheckDigit(kind, number)).toBe(true)
        const at = place % number.length
        if (!/\d/.test(number[at] as string)) return
        const other = (Number(number[at]) + shift) % 10
        expect(hasValidCheckDigit(kind, number.slice(0, at) + other + number.slice(at + 1))).toBe(false)
      }),
    )
  },
)

test.each([
  ['the whole number must match', 'BA\\d+', 'XBA1', 'serial_format'],
  ['a pattern that is none lets nothing pass', '(', 'BA1', 'serial_format'],
  ['nothing endless', '.*', 'A'.repeat(65), 'serial_format'],
  ['in order', 'BA\\d+', 'BA1', undefined],
])('form: %s', (_, serialPattern, number, fault) => {
  expect(serialFault({ serialPattern, checkDigit: CheckDigit.NONE }, number)).toBe(fault)
})

test('no pattern can be slow: exponential ones end as fast as others', () => {
  const form = { serialPattern: '((A*)*)*B', checkDigit: CheckDigit.NONE }
  expect(serialFault(form, 'A'.repeat(64))).toBe('serial_format')
})
