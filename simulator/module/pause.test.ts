import { expect, test } from 'vitest'
import { createRandom } from '../random.ts'
import { pauseMs } from './pause.ts'

const longest = { between: (_: number, high: number) => high }

test.each([
  [0, 1_000],
  [1, 2_000],
  [3, 8_000],
  [7, 120_000],
  [1_000_000, 120_000],
])('after %i failures the pause is at most %i ms', (failures, boundMs) => {
  expect(pauseMs(failures, longest)).toBe(boundMs)
})

test('modules do not come back in step', () => {
  const random = createRandom(5)
  const pauses = Array.from({ length: 100 }, () => pauseMs(6, random))
  expect(Math.min(...pauses)).toBeLessThan(10_000)
  expect(Math.max(...pauses)).toBeGreaterThan(50_000)
})
