import fc from 'fast-check'
import { expect, test } from 'vitest'
import { positionRuns, stretches, toStreams } from './streams.ts'
import { anySamples } from './testing/streams.ts'

test('samples of one moment are one row, and the first value of a metric counts', () => {
  const streams = toStreams([
    { timeMs: 0, values: { speed_kmh: 18 } },
    { timeMs: 0, values: { speed_kmh: 25, current_a: 4 } },
    { timeMs: 1_000, values: { current_a: 5 } },
  ])
  expect(streams).toEqual({
    times: [0, 1_000],
    columns: { speed_kmh: [18, null], current_a: [4, 5] },
    bucketMs: 0,
  })
})

test('a minute without a sample is no gap, a longer silence is one', () => {
  const after = (pauseMs: number) =>
    toStreams([
      { timeMs: 0, values: { speed_kmh: 1 } },
      { timeMs: pauseMs, values: { speed_kmh: 2 } },
    ])
  expect(after(60_000).columns.speed_kmh).toEqual([1, 2])
  expect(after(60_001)).toMatchObject({ times: [0, 1, 60_001], columns: { speed_kmh: [1, null, 2] } })
})

test('time does not run backwards', () => {
  const samples = [10, 9].map((timeMs) => ({ timeMs, values: { speed_kmh: 1 } }))
  expect(() => toStreams(samples)).toThrow(new RangeError('a sample at 9 ms follows one at 10 ms'))
  expect(() => toStreams([{ timeMs: Number.NaN, values: {} }])).toThrow(RangeError)
})

test('columns have equal lengths, times ascend, and each value stands at its moment', () => {
  fc.assert(
    fc.property(anySamples, (samples) => {
      const { times, columns } = toStreams(samples)
      expect(Object.values(columns).every(({ length }) => length === times.length)).toBe(true)
      expect(times.every((time, row) => row === 0 || time > (times[row - 1] as number))).toBe(true)
      for (const [metric, column] of Object.entries(columns)) {
        const told = samples.filter(({ values }) => metric in values)
        const firsts = new Map(told.toReversed().map(({ timeMs, values }) => [timeMs, values]))
        expect(
          new Map(times.flatMap((time, row) => (column[row] === null ? [] : [[time, column[row]]]))),
        ).toEqual(new Map([...firsts].map(([time, values]) => [time, values[metric as never]])))
      }
    }),
  )
})

test('stretches lie between gaps', () => {
  const streams = { times: [0, 1, 2, 3, 4], columns: { speed_kmh: [1, 2, null, 3, null] }, bucketMs: 0 }
  expect(stretches(streams)).toEqual([
    { from: 0, until: 2 },
    { from: 3, until: 4 },
  ])
})

test('positions are connected across samples that have none, for a minute', () => {
  const at = (second: number, place: boolean) => ({
    timeMs: second * 1_000,
    values: { speed_kmh: 20, ...(place && { latitude_deg: 48, longitude_deg: 9 }) },
  })
  const tunnel = (seconds: number) =>
    toStreams([
      at(0, true),
      ...Array.from({ length: seconds - 1 }, (_, second) => at(second + 1, false)),
      at(seconds, true),
    ])
  expect(positionRuns(tunnel(60))).toEqual([[0, 60]])
  expect(positionRuns(tunnel(61))).toEqual([[0], [61]])
})
