import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  foldLookAlikes,
  hasValidCheckDigit,
  normaliseSerialNumber,
  serialFault,
  withCheckDigit,
  withoutSpaces,
} from './serial-number.ts'

test.each([
  ['small letters', 'ba12', 'BA12'],
  ['white space of any kind', ' BA\t1\u00a02\n', 'BA12'],
  ['full-width characters', 'ＢＡ１２', 'BA12'],
  ['byte order marks and zero-width spaces', '\ufeffBA\u200b12', 'BA12'],
  ['joiners, soft hyphens and directions', 'B\u200dA\u00ad\u202e1\u20602', 'BA12'],
  ['a soft hyphen within a letter', 'a\u00ad\u0308', '\u00c4'],
  ['fillers and variation selectors', 'BA\u3164\u034f1\ufe0f\u28002', 'BA12'],
])('%s do not count', (_, written, number) => expect(normaliseSerialNumber(written)).toBe(number))

test.each([
  ...[
    '\u002d',
    '\u2010',
    '\u2011',
    '\u2012',
    '\u2013',
    '\u2014',
    '\u2015',
    '\u2212',
    '\u207b',
    '\ufe58',
    '\ufe63',
    '\uff0d',
  ],
  ...['\u058a', '\u2043', '\u02d7', '\u2796', '\u30fc', '\u2500'],
])('the dash %j is a hyphen', (dash) => {
  expect(normaliseSerialNumber(`ba${dash}12`)).toBe('BA-12')
  expect(foldLookAlikes(`Werk${dash}A`)).toBe('Werk-A')
  expect(
    serialFault({ serialPattern: `BA${dash}\\d+`, checkDigit: CheckDigit.NONE }, 'BA-12'),
  ).toBeUndefined()
})

test('an escaped dash in a pattern, and one in a set, are what they look like', () => {
  const form = { serialPattern: 'B[\\–_]1\\—[A–Z]', checkDigit: CheckDigit.NONE }
  expect(['B-1-A', 'B_1--', 'B-1-B'].map((number) => serialFault(form, number))).toEqual([
    ...[undefined, undefined, 'serial_format'],
  ])
})

/** Any, and often such as matter. */
const characters = fc.oneof(
  fc.nat(0x1_ffff),
  fc.constantFrom(0x20, 0xa0, 0x41, 0x61, 0xad, 0x0308, 0x2013, 0x200b, 0xfeff),
)

test('what is folded stays as it is, and is the same whether the ids of statements were taken of it or not', () => {
  fc.assert(
    fc.property(fc.array(characters), (codes) => {
      const text = String.fromCodePoint(...codes).toWellFormed()
      const folded = normaliseSerialNumber(text)
      expect(normaliseSerialNumber(folded)).toBe(folded)
      expect(normaliseSerialNumber(withoutSpaces(text))).toBe(folded)
      expect(foldLookAlikes(foldLookAlikes(text))).toBe(foldLookAlikes(text))
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['white space around it, of any kind', '\u00a0 Werk A\ufeff\u2003', 'Werk A'],
  ['white space in it, of any kind', 'Werk\u00a0A', 'Werk A'],
  ['letters of two characters', 'Mu\u0308nchen', 'M\u00fcnchen'],
])('a word: %s', (_, written, word) => expect(foldLookAlikes(written)).toBe(word))

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
