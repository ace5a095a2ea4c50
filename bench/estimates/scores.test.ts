import { expect, test } from 'vitest'
import { type Judged, scoreOf } from './scores.ts'

const judged = (truth: number, p50: number, baseline: number, cluster: string): Judged => ({
  cluster,
  truth,
  ours: { p10: p50 - 1, p50, p90: p50 + 1 },
  baselines: { constant: baseline },
})

const rides = [
  judged(10, 10, 12, 'a'),
  judged(10, 9, 12, 'a'),
  judged(10, 12, 12, 'b'),
  judged(20, 20, 12, 'c'),
]

test('MAPE, coverage and width are percents', () => {
  const { n, mape, coverage, width, baselines } = scoreOf(rides)
  expect({ n, mape, coverage }).toEqual({ n: 4, mape: 7.5, coverage: 75 })
  // (P90 − P10) / P50 are 2/20, 2/12, 2/10 and 2/9; of an even number the upper middle.
  expect(width).toBe(20)
  expect(baselines.constant?.mape).toBe(25)
})

test('pinball loss: a tenth of what lies above P10, nine tenths of what lies below', () => {
  // P10 9 → 0.1·1, P50 10 → 0, P90 11 → 0.1·1, over three.
  expect(scoreOf([judged(10, 10, 10, 'a')]).pinball).toBeCloseTo(0.2 / 3, 12)
  // P10 11 → 0.9·1, P50 12 → 0.5·2, P90 13 → 0.1·3.
  expect(scoreOf([judged(10, 12, 10, 'a')]).pinball).toBeCloseTo(2.2 / 3, 12)
})

test('intervals hold the mean, follow from the rides only, and have no width where all are alike', () => {
  const { mape, mape95, baselines } = scoreOf(rides)
  expect(mape95[0]).toBeLessThan(mape)
  expect(mape95[1]).toBeGreaterThan(mape)
  expect(scoreOf(rides)).toEqual(scoreOf(rides))
  expect(baselines.constant?.more95[0]).toBeLessThanOrEqual(17.5)
  expect(scoreOf(['a', 'b', 'c'].map((rider) => judged(10, 11, 12, rider))).mape95).toEqual([10, 10])
})
