import { describe, expect, test } from 'vitest'
import { constant, peakOf, rateAt, rising, sampled, scaled, secondsOf, spike, totalOf } from './shape.ts'

const ten = constant(10, 60)
const triangle = {
  fromPerSecond: 0,
  steps: [
    { seconds: 10, perSecond: 20 },
    { seconds: 10, perSecond: 0 },
  ],
}

test.each([
  ['constant', ten, { seconds: 60, total: 600, peak: 10 }],
  ['up and down', triangle, { seconds: 20, total: 200, peak: 20 }],
  ['twice as much', scaled(triangle, 2), { seconds: 20, total: 400, peak: 40 }],
])('%s: its length, its sum and its peak', (_, shape, { seconds, total, peak }) => {
  expect([secondsOf(shape), totalOf(shape), peakOf(shape)]).toEqual([seconds, total, peak])
})

test.each([
  [0, 0],
  [5, 10],
  [10, 20],
  [15, 10],
  [25, 0],
])('up and down, at second %i: %i', (atS, perSecond) => {
  expect(rateAt(triangle, atS)).toBe(perSecond)
})

test.each([
  [240, 60],
  [40, 10],
])('a load of %i s that rises does so for %i s', (seconds, rampS) => {
  const shape = rising(10, seconds)
  expect(secondsOf(shape)).toBe(seconds)
  expect([rateAt(shape, 0), rateAt(shape, rampS / 2), rateAt(shape, rampS)]).toEqual([2, 6, 10])
  expect(rateAt(shape, seconds - 1)).toBe(10)
})

describe('a spike', () => {
  const shape = spike({ base: 8, times: 10, seconds: 120 })

  test('lasts as long as it should, and is over before the last half', () => {
    expect(secondsOf(shape)).toBeCloseTo(120)
    expect([rateAt(shape, 20), rateAt(shape, 40), rateAt(shape, 70), rateAt(shape, 119)]).toEqual([
      8, 80, 8, 8,
    ])
  })

  test('is there within three seconds', () => {
    const [, rise] = shape.steps
    expect(rise).toEqual({ seconds: 3, perSecond: 80 })
  })
})

test('a sampled shape goes through the demand at each step', () => {
  const shape = sampled({ seconds: 100, steps: 4, demand: (share) => 8 * share })
  expect([0, 25, 50, 75].map((atS) => rateAt(shape, atS))).toEqual([0, 2, 4, 6])
})
