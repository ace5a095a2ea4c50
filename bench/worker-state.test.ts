import { expect, test } from 'vitest'
import { readWorkerState } from './worker-state.ts'

const counter = /^worker_samples_total\{[^}]*outcome="stored"/
const metrics = (...lines: readonly string[]) => lines.join('\n')

test('counts and lags are added up, other lines are not', () => {
  const text = metrics(
    '# HELP worker_samples_total Samples by outcome and reason',
    'worker_samples_total{outcome="stored",reason="",worker="search"} 100',
    'worker_samples_total{outcome="stored",reason="late",worker="search"} 5',
    'worker_samples_total{outcome="duplicate",reason="",worker="search"} 7',
    'worker_lag_records{partition="0",worker="search"} 3',
    'worker_lag_records{partition="4",worker="search"} 0',
  )
  expect(readWorkerState(text, counter)).toEqual({ counted: 105, partitions: 2, lag: 3 })
})

test('a counter that is not there is no zero', () => {
  expect(readWorkerState('worker_lag_records{partition="0"} 0', counter)).toEqual({
    counted: undefined,
    partitions: 1,
    lag: 0,
  })
})

test.each(['NaN', ''])('the value %j is an error', (value) => {
  expect(() => readWorkerState(`worker_samples_total{outcome="stored"} ${value}`, counter)).toThrow(
    'no number',
  )
})
