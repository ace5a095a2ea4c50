import { expect, test } from 'vitest'
import { editDistanceVariants } from './likeness.ts'

test.each([
  ['a wrong character', 'B1034'],
  ['a missing character', 'B124'],
  ['one character too many', 'B12344'],
  ['one in front', 'XB1234'],
  ['two exchanged', 'B1324'],
  ['the last two exchanged', 'B1243'],
])('%s is one edit away', (_, meant) => {
  expect(editDistanceVariants('B1234')).toContain(meant)
})

test('the number itself and numbers two edits away are not among them', () => {
  const variants = editDistanceVariants('B1234')
  expect(variants).not.toContain('B1234')
  expect(variants).not.toContain('B1255')
  expect(new Set(variants).size).toBe(variants.length)
})
