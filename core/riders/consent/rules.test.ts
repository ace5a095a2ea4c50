import { expect, test } from 'vitest'
import type { ConsentRange } from './port.ts'
import { consentedThroughout, consentsNow } from './rules.ts'

const range = (fromMs: number, untilMs: number): ConsentRange => ({
  ...{ fromMs, untilMs, now: untilMs === Number.POSITIVE_INFINITY },
})
const open = Number.POSITIVE_INFINITY

test.each<[string, ConsentRange[], number, number, boolean]>([
  ['nobody', [], 10, 10, false],
  ['the first moment', [range(10, 20)], 10, 10, true],
  ['a moment before', [range(10, 20)], 9, 9, false],
  ['the last moment', [range(10, 20)], 19, 19, true],
  ['the end', [range(10, 20)], 20, 20, false],
  ['a stretch inside', [range(10, 20)], 10, 19, true],
  ['a stretch that ends with the consent', [range(10, 20)], 10, 20, false],
  ['a stretch over two that adjoin', [range(10, 20), range(20, 30)], 12, 25, true],
  ['a stretch over a gap', [range(10, 20), range(21, 30)], 12, 25, false],
  ['a stretch in the second', [range(10, 20), range(21, open)], 21, 1e15, true],
])('%s', (_, consents, firstMs, lastMs, isCovered) => {
  expect(consentedThroughout(consents, firstMs, lastMs)).toBe(isCovered)
})

test('a moment is a stretch of its own', () => {
  expect(consentedThroughout([range(10, 20)], 15)).toBe(true)
})

test.each([
  ['never', [], false],
  ['no longer', [range(0, 10)], false],
  ['again', [range(0, 10), range(20, open)], true],
])('who consents %s', (_, consents, now) => {
  expect(consentsNow(consents)).toBe(now)
})
