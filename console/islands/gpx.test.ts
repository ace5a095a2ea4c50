import { expect, test } from 'vitest'
import { thinned } from './gpx.ts'

test('a long route is thinned evenly, and keeps its ends', () => {
  const items = Array.from({ length: 12_345 }, (_, index) => index)
  const kept = thinned(items)
  expect(kept.length).toBe(5_000)
  expect([kept[0], kept.at(-1)]).toEqual([0, 12_344])
  const steps = kept.slice(1).map((item, index) => item - (kept[index] as number))
  expect([Math.min(...steps), Math.max(...steps)]).toEqual([2, 3])
})

test('a short one stays as it is', () => {
  expect(thinned([1, 2, 3])).toEqual([1, 2, 3])
})
