import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downsample, resolutions } from './downsample.ts'
import type { RideMetric } from './port.ts'
import { scaleOf, stretches, toStreams } from './streams.ts'
import { anySamples, rideNorth } from './testing/streams.ts'

test('a row is the mean of its bucket', () => {
  const samples = Array.from({ length: 200 }, (_, second) => ({
    timeMs: second * 1_000,
    values: { speed_kmh: second },
  }))
  const { times, columns, bucketMs } = downsample(toStreams(samples), 'low')
  expect(bucketMs).toBe(1_991)
  expect([times.length, times[0], columns.speed_kmh?.[0]]).toEqual([100, 500, 0.5])
})

test('a ride of few rows, and all of one, stay as they are', () => {
  const streams = toStreams(rideNorth(99))
  for (const resolution of resolutions) expect(downsample(streams, resolution)).toBe(streams)
  const long = toStreams(rideNorth(20_000))
  expect(downsample(long, 'all')).toBe(long)
})

test.each([
  ['low', 100],
  ['medium', 1_000],
  ['high', 10_000],
] as const)('%s has at most %i rows', (resolution, most) => {
  const { times } = downsample(toStreams(rideNorth(20_000)), resolution)
  expect(times.length).toBeLessThanOrEqual(most)
  expect(times.length).toBeGreaterThan(most * 0.98)
})

test('levels and meters have their last value in a bucket', () => {
  const samples = Array.from({ length: 300 }, (_, second) => ({
    timeMs: second,
    values: { assist_level: second % 3, odometer_m: second },
  }))
  const { columns } = downsample(toStreams(samples), 'low')
  expect(columns.assist_level?.every((level) => level === 2)).toBe(true)
  expect(columns.odometer_m?.slice(0, 2)).toEqual([2, 5])
})

test('a rare metric keeps its values, and is null in buckets without a sample', () => {
  const samples = rideNorth(1_000).map(({ timeMs, values }, second) => ({
    timeMs,
    values: { ...values, ...(second === 500 && { state_of_charge_pct: 80 }) },
  }))
  const { columns } = downsample(toStreams(samples), 'low')
  expect(columns.state_of_charge_pct?.filter((charge) => charge !== null)).toEqual([80])
})

test('nothing is averaged across a gap, however short it is beside a bucket', () => {
  const before = rideNorth(1_000, { startMs: 0, metresPerSecond: 2 })
  const after = rideNorth(5_000, { startMs: 1_070_000, metresPerSecond: 8 })
  const low = downsample(toStreams([...before, ...after]), 'low')
  expect(low.bucketMs).toBeGreaterThan(60_000)
  expect(new Set(low.columns.speed_kmh)).toEqual(new Set([7.2, null, 28.8]))
  expect(stretches(low)).toHaveLength(2)
})

test('beside the antimeridian the mean lies there, not at Greenwich', () => {
  const samples = Array.from({ length: 200 }, (_, second) => ({
    timeMs: second,
    values: { longitude_deg: second % 2 === 0 ? 179.9 : -179.9 },
  }))
  const { columns } = downsample(toStreams(samples), 'low')
  expect(columns.longitude_deg?.map((longitude) => Math.abs(longitude ?? 0))).toEqual(Array(100).fill(180))
})

test('gaps stay, means lie within what was measured, and their digits are the metric’s own', () => {
  const long = anySamples.map((samples) =>
    Array.from({ length: 8 }, (_, lap) =>
      samples.map((sample) => ({ ...sample, timeMs: sample.timeMs + lap * 300_000_000 })),
    ).flat(),
  )
  fc.assert(
    fc.property(long, (samples) => {
      const streams = toStreams(samples)
      const low = downsample(streams, 'low')
      expect(stretches(low)).toHaveLength(stretches(streams).length)
      expect(low.times.every((time, row) => row === 0 || time > (low.times[row - 1] as number))).toBe(true)
      for (const [metric, column] of Object.entries(low.columns) as [RideMetric, (number | null)[]][]) {
        const measured = streams.columns[metric]?.filter((value) => value !== null) ?? []
        const [least, most] =
          metric === 'longitude_deg' ? [-180, 180] : [Math.min(...measured), Math.max(...measured)]
        const scale = scaleOf[metric]
        const wrong = (value: number) =>
          value < least || value > most || Math.round(value * scale) / scale !== value
        expect(column.filter((value) => value !== null && wrong(value))).toEqual([])
      }
    }),
    { numRuns: 30 },
  )
})
