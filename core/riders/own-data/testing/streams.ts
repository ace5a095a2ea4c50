// Rides for the tests of streams and files.
import fc from 'fast-check'
import { fields } from '../../../../proto/index.ts'
import type { RideMetric, RideSample, RideStreams } from '../port.ts'
import { longestSilenceMs, toStreams } from '../streams.ts'

const startMs = Date.UTC(2026, 5, 1, 6)

/** Any values that the wire carries, at moments with pauses that make gaps. */
export const anySamples: fc.Arbitrary<RideSample[]> = fc
  .array(
    fc.record({
      pauseMs: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 2_500 }) },
        { weight: 1, arbitrary: fc.integer({ min: longestSilenceMs + 1, max: 3_600_000 }) },
      ),
      values: anyValues(),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let timeMs = startMs
    return steps.map(({ pauseMs, values }) => {
      timeMs += pauseMs
      return { timeMs, values }
    })
  })

export const anyStreams: fc.Arbitrary<RideStreams> = anySamples.map(toStreams)

function anyValues(): fc.Arbitrary<Partial<Record<RideMetric, number>>> {
  const metrics = [...fields.ride, ...fields.battery, ...fields.motor]
  return fc.record(
    Object.fromEntries(
      metrics.map(({ key, scale, min, max }) => [
        key,
        fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0)).map((value) => value / scale),
      ]),
    ),
    { requiredKeys: [] },
  )
}

/** One sample a second, one degree of latitude as 111 km: `rideNorth(10)` is 60 m long. */
export function rideNorth(seconds: number, changes: { startMs?: number; metresPerSecond?: number } = {}) {
  const { metresPerSecond = 6 } = changes
  return Array.from({ length: seconds + 1 }, (_, second) => ({
    timeMs: (changes.startMs ?? startMs) + 1_000 * second,
    values: {
      latitude_deg: Math.round((48 + (second * metresPerSecond) / 111_195) * 1e7) / 1e7,
      longitude_deg: 9,
      speed_kmh: metresPerSecond * 3.6,
      odometer_m: 1_000 + second * metresPerSecond,
    },
  }))
}
