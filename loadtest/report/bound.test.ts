import { expect, test } from 'vitest'
import { atLeast, atMost } from './bound.ts'

test.each([
  ['within it', atMost('x', { limit: 3, actual: 2.999, unit: 's' }), '3 s', true],
  ['beyond it', atMost('x', { limit: 30, actual: 31.2, unit: 's' }), '31 s', false],
  ['what never came about', atMost('x', { limit: 3, actual: Number.POSITIVE_INFINITY }), 'never', false],
  ['nothing, to be at most', atMost('x', { limit: 3, actual: undefined }), 'not measured', false],
  ['enough', atLeast('x', { limit: 3, actual: 3 }), '3', true],
  ['too little', atLeast('x', { limit: 3, actual: 2 }), '2', false],
  ['nothing, to be at least', atLeast('x', { limit: 0, actual: undefined }), 'not measured', false],
])('a bound and %s', (_, check, actual, holds) => {
  expect(check).toMatchObject({ actual, holds })
})
