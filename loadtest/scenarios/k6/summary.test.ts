import { expect, test } from 'vitest'
import { summaryOf } from './summary.ts'

const trend = (count: number) => ({
  type: 'trend',
  values: { count, 'p(95)': 0 },
  thresholds: { 'p(95)<300': { ok: true } },
})

test('each threshold is told of by its metric and its rule', () => {
  const fallen = { type: 'counter', values: {}, thresholds: { 'count==0': { ok: true } } }
  const unjudged = { type: 'counter', values: { count: 7 } }
  expect(summaryOf({ metrics: { upload_ms: trend(1), fallen, iterations: unjudged } })).toEqual({
    thresholds: [
      { metric: 'upload_ms', rule: 'p(95)<300', ok: true },
      { metric: 'fallen', rule: 'count==0', ok: true },
    ],
  })
})

test('a trend that nothing was added to has no threshold that holds', () => {
  expect(summaryOf({ metrics: { upload_ms: trend(0) } })).toEqual({ thresholds: [] })
})
