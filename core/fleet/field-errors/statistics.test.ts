import { describe, expect, test } from 'vitest'
import { countInterval, excessProbability, holm, proportionInterval } from './statistics.ts'

// Expected values from R: binom.test, poisson.test, pbinom, p.adjust.
describe('intervals are the exact ones of the literature', () => {
  test.each([
    [0, 10, 0, 0.3084971],
    [10, 100, 0.04900469, 0.1762226],
    [10, 10, 0.6915029, 1],
  ])('of a share: %i of %i', (hits, trials, from, until) => {
    const interval = proportionInterval(hits, trials)
    expect(interval.from).toBeCloseTo(from, 6)
    expect(interval.until).toBeCloseTo(until, 6)
  })

  test.each([
    [0, 0, 3.688879],
    [1, 0.02531781, 5.571643],
    [10, 4.795389, 18.39036],
  ])('of a count: %i', (count, from, until) => {
    const interval = countInterval(count)
    expect(interval.from).toBeCloseTo(from, 5)
    expect(interval.until).toBeCloseTo(until, 5)
  })
})

test('the probability of an excess is the upper tail of the binomial distribution', () => {
  const even = { exposure: 1, otherExposure: 1 }
  expect(excessProbability({ ...even, hits: 8, otherHits: 2 })).toBeCloseTo(56 / 1024, 12)
  expect(excessProbability({ ...even, hits: 0, otherHits: 9 })).toBe(1)
  expect(excessProbability({ ...even, hits: 3, otherHits: 0 })).toBeCloseTo(1 / 8, 12)
})

test('the far tail does not vanish', () => {
  const p = excessProbability({ hits: 200, exposure: 1, otherHits: 999_800, otherExposure: 9_999 })
  expect(p).toBeGreaterThan(9.2e-19)
  expect(p).toBeLessThan(9.4e-19)
})

test.each([
  ['nothing', [], []],
  ['one', [0.03], [0.03]],
  ['several, in any order', [0.04, 0.01, 0.03], [0.06, 0.03, 0.06]],
  ['equal ones', [0.5, 0.5], [1, 1]],
])('Holm: %s', (_, given, adjusted) => {
  const found = holm(given)
  expect(found).toHaveLength(adjusted.length)
  for (const [index, p] of adjusted.entries()) expect(found[index]).toBeCloseTo(p, 12)
})
