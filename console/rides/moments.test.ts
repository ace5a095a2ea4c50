import { expect, test } from 'vitest'
import { momentsOf, rowAt, valueAt } from './moments.ts'

const rowsOf = (seconds: readonly number[], speed_kmh: readonly (number | null)[], bucketMs = 0) => ({
  times: seconds.map((s) => s * 1_000),
  bucketMs,
  columns: { speed_kmh },
})

test.each([
  ['the value of the row', rowsOf([0, 1], [18, 20]), 1, 20],
  ['the last one, which still holds', rowsOf([0, 59], [18, null]), 1, 18],
  ['none, where the last one is more than a minute old', rowsOf([0, 61], [18, null]), 1, undefined],
  ['of coarse rows, the last one but one', rowsOf([0, 90, 180], [18, null, null], 90_000), 2, 18],
  ['none before the first', rowsOf([0, 1], [null, 20]), 0, undefined],
  ['none of a row that is not there', rowsOf([0], [18]), 7, undefined],
])('%s', (_, rows, row, value) => expect(valueAt(rows, 'speed_kmh', row)).toBe(value))

test('a value of ten samples a second is looked for a minute back, and no farther', () => {
  const rows = {
    times: Array.from({ length: 10_000 }, (_, row) => row),
    bucketMs: 0,
    columns: { speed_kmh: [18] },
  }
  expect(valueAt(rows, 'speed_kmh', 600)).toBe(18)
  expect(valueAt(rows, 'speed_kmh', 601)).toBeUndefined()
})

test.each([
  [-5, 0],
  [4, 0],
  [5, 1],
  [14, 1],
  [16, 2],
  [99, 2],
])('the row nearest to %i ms is %i', (timeMs, row) => expect(rowAt([0, 10, 20], timeMs)).toBe(row))

test('moments are at equal spans of time, the first and the last row among them', () => {
  const rows = rowsOf([0, 1, 2, 3, 4, 100], [1, 2, 3, 4, 5, 6])
  const moments = momentsOf(rows, 3)
  expect(moments.map(({ timeMs }) => timeMs)).toEqual([0, 4_000, 100_000])
  expect(moments.map(({ values }) => values.speed_kmh)).toEqual([1, 5, 6])
  expect(moments[0]?.values.altitude_m).toBeUndefined()
})

test('a ride without a row has no moment', () => expect(momentsOf(rowsOf([], []), 3)).toEqual([]))
