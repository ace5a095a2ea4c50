import { expect, test } from 'vitest'
import { sumOf } from './metrics.ts'

const exposition = `\
# TYPE worker_lag_records gauge
worker_lag_records{partition="0",worker="search"} 3
worker_lag_records{partition="1",worker="search"} 4
worker_lag_records_other{partition="1"} 100
up 1`

test.each([
  ['a metric with labels', 'worker_lag_records', 7],
  ['a metric without', 'up', 1],
  ['no metric', 'worker_lag', 0],
])('%s is summed over all labels', (_, name, sum) => {
  expect(sumOf(exposition, name)).toBe(sum)
})
