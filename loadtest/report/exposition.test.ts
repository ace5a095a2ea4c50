import { expect, test } from 'vitest'
import { pick, readExposition } from './exposition.ts'
import { readService } from './readings.ts'

const text = `# HELP worker_lag_records Records between …
# TYPE worker_lag_records gauge
worker_lag_records{partition="0",worker="search"} 3
worker_lag_records{partition="1",worker="search"} 4
worker_samples_total{outcome="stored",reason="",worker="search"} 1.5e+3
process_resident_memory_bytes{worker="search"} 104857600
nodejs_eventloop_lag_p99_seconds 0.012
odd{text="a \\"quoted\\" } brace"} NaN
`

test('samples are read with their labels', () => {
  expect(readExposition(text)).toContainEqual({
    name: 'worker_lag_records',
    labels: { partition: '1', worker: 'search' },
    value: 4,
  })
})

test.each([
  ['sum', 7],
  ['max', 4],
] as const)('of one name, the %s', (by, value) => {
  expect(pick(readExposition(text), { name: 'worker_lag_records', by })).toBe(value)
})

test('a service is read for what it exposes, and nothing is made up', () => {
  expect(readService(readExposition(text))).toEqual({
    samples: 1_500,
    lagRecords: 7,
    memoryBytes: 104_857_600,
    eventLoopLagMs: 12,
  })
})
