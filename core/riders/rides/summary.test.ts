import { describe, expect, test } from 'vitest'
import { ridesOf } from './plan.ts'
import type { RideSample, RideSummary } from './port.ts'
import { bike, minutes, moduleId, phoneId, recorded, standing, startMs } from './testing/samples.ts'

function summaryOf(samples: readonly RideSample[]): RideSummary {
  const rides = ridesOf(samples, bike)
  expect(rides).toHaveLength(1)
  return (rides[0] as (typeof rides)[number]).summary
}
const ride = (more: Partial<Parameters<typeof recorded>[0]> = {}) =>
  recorded({ atMs: 0, seconds: 601, ...more })
const battery = (more: Partial<Parameters<typeof recorded>[0]> = {}) =>
  ride({ kind: 'battery', values: () => ({ voltage_v: 36, current_a: 5 }), ...more })
/** The odometer reads `metres` at each second. */
const reading = (metres: (second: number) => number) => (second: number) => ({
  ...{ speed_kmh: 18, odometer_m: metres(second) },
})

test('ten minutes at 18 km/h', () => {
  expect(summaryOf(ride())).toEqual({
    ...{ movingS: 600, standingS: 0, unrecordedS: 0, pauses: 0, stops: 0, gaps: [] },
    ...{ distanceM: 3_000, distanceFrom: 'odometer', averageKmh: 18, maxKmh: 18, energyCoverage: 0 },
    ...{ assistShares: [], clockRules: ['none'], recorderIds: [moduleId], recordings: [], samples: 601 },
  })
})

test('standing for more than ten seconds is a pause, a silence of more than ten seconds a gap', () => {
  const samples = [
    ...recorded({ atMs: 0, seconds: 61 }),
    ...recorded({ atMs: 61_000, seconds: 10, values: standing }),
    ...recorded({ atMs: 71_000, seconds: 50 }),
    ...recorded({ atMs: 121_000, seconds: 11, values: standing }),
    ...recorded({ atMs: 132_000, seconds: 50 }),
    ...recorded({ atMs: 191_000, seconds: 10 }),
    ...recorded({ atMs: 211_000, seconds: 10 }),
  ]
  const { movingS, standingS, unrecordedS, pauses, stops, gaps } = summaryOf(samples)
  expect([movingS, standingS, unrecordedS, pauses, stops]).toEqual([188, 21, 11, 1, 2])
  expect(gaps).toEqual([{ fromMs: startMs + 200_000, untilMs: startMs + 211_000 }])
})

test('of more than a hundred gaps the longest are told', () => {
  const samples = Array.from({ length: 120 }, (_, i) =>
    recorded({ atMs: i * minutes(1), seconds: i % 6 === 0 ? 5 : 10 }),
  ).flat()
  const { gaps, unrecordedS } = summaryOf(samples)
  expect(gaps).toHaveLength(100)
  expect(gaps.filter(({ fromMs, untilMs }) => untilMs - fromMs === 56_000)).toHaveLength(20)
  expect(unrecordedS).toBe(20 * 56 + 99 * 51)
})

describe('distance', () => {
  test.each<[string, RideSample[], number | undefined]>([
    ['goes on over a silence of its recorder', ride({ everyS: 300 }), 3_000],
    [
      'is not what an odometer was set to',
      ride({ values: reading((s) => (s < 300 ? 5 * s : 9_000_000 + 5 * s)) }),
      2_995,
    ],
    ['is not lost where an odometer was reset', ride({ values: reading((s) => 5 * (s % 300)) }), 2_990],
    ['may be told in steps of 100 m', ride({ values: reading((s) => 100 * Math.floor(s / 20)) }), 3_000],
    [
      'is the module’s, whatever a phone tells meanwhile',
      [...ride(), ...ride({ recorderId: phoneId, values: reading((s) => 6 * s) })],
      3_000,
    ],
    [
      'is the phone’s before and after the module’s',
      [
        ...recorded({ atMs: 200_000, seconds: 201, values: reading((s) => 5 * s) }),
        ...ride({ recorderId: phoneId, values: reading((s) => 6 * s) }),
      ],
      1_000 + 400 * 6,
    ],
    [
      'is the phone’s where the module’s odometer was reset',
      [
        ...ride({ everyS: 100, values: reading((s) => (s < 300 ? 5 * s : 0)) }),
        ...ride({ recorderId: phoneId, values: reading((s) => 6 * s) }),
      ],
      200 * 5 + 100 * 6,
    ],
  ])('%s', (_, samples, expected) => {
    expect(summaryOf(samples)).toMatchObject({ distanceM: expected, distanceFrom: 'odometer' })
  })

  test('is that of the speed where nobody has an odometer, but not over silences', () => {
    const bySpeed = (everyS: number) => summaryOf(ride({ everyS, values: () => ({ speed_kmh: 18 }) }))
    expect(bySpeed(1)).toMatchObject({ distanceM: 3_000, distanceFrom: 'speed' })
    expect(bySpeed(20)).toMatchObject({ distanceM: 0, distanceFrom: 'speed' })
  })
})

test('rises and falls are those of the way, without the noise of a barometer', () => {
  const hill = (second: number) => 100 + (second < 300 ? second / 10 : 60 - second / 10)
  const noisy = ride({
    values: (second) => ({
      ...reading((s) => 5 * s)(second),
      altitude_m: hill(second) + (second % 2 === 0 ? 0.3 : -0.3),
    }),
  })
  const { ascentM = 0, descentM = 0 } = summaryOf(noisy)
  expect(ascentM).toBeGreaterThan(28)
  expect(ascentM).toBeLessThan(31)
  expect(descentM).toBeGreaterThan(28)
  expect(descentM).toBeLessThan(31)
})

test('the phone’s heights are heard before the module’s', () => {
  const at = (slope: number) => (second: number) => ({
    ...reading((s) => 5 * s)(second),
    altitude_m: slope * second,
  })
  const { ascentM = 0 } = summaryOf([
    ...ride({ values: at(0.1) }),
    ...ride({ recorderId: phoneId, values: at(0.5) }),
  ])
  expect(ascentM).toBeGreaterThan(270)
})

describe('energy', () => {
  test('is voltage times current over time, and told per km where it covers the ride', () => {
    expect(summaryOf([...ride(), ...battery()])).toMatchObject({
      ...{ energyWh: 30, energyCoverage: 1, whPerKm: 10 },
    })
    expect(summaryOf([...ride(), ...battery({ everyS: 60 })])).toMatchObject({ energyWh: 30, whPerKm: 10 })
  })

  test('of half a ride says nothing per km', () => {
    const { energyWh, energyCoverage, whPerKm } = summaryOf([...ride(), ...battery({ seconds: 301 })])
    expect([energyWh, energyCoverage, whPerKm]).toEqual([15, 0.5, undefined])
  })

  test('comes back on descents', () => {
    const values = (second: number) => ({ voltage_v: 36, current_a: second < 300 ? 5 : -5 })
    const { energyWh = Number.NaN } = summaryOf([...ride(), ...battery({ values })])
    expect(Math.abs(energyWh)).toBeLessThan(0.1)
  })

  test('of a ride without a battery’s readings is not known', () => {
    expect(summaryOf(ride())).not.toHaveProperty('energyWh')
  })
})

test('charge is told at both ends, an exchanged battery included', () => {
  const values = (second: number) => ({ state_of_charge_pct: second < 300 ? 12 : 98 })
  expect(summaryOf([...ride(), ...battery({ values })])).toMatchObject({
    ...{ chargeStartPct: 12, chargeEndPct: 98 },
  })
})

test('levels share the moving time, and the rider’s work is power over time', () => {
  const values = (second: number) => ({
    ...{ speed_kmh: second > 150 && second < 300 ? 0 : 20, assist_level: second <= 300 ? 1 : 3 },
    ...{ rider_power_w: 120, ambient_temperature_c: second < 300 ? 10 : 20 },
  })
  const { assistShares, riderWorkWh, ambientC } = summaryOf(ride({ values }))
  expect(assistShares.map(({ level }) => level)).toEqual([1, 3])
  expect(assistShares[1]?.share).toBeCloseTo(300 / 451, 3)
  expect(riderWorkWh).toBe(20)
  expect(ambientC).toEqual({ min: 10, mean: 15.01, max: 20 })
})

test('a second recorder is heard in the silences of the better one only', () => {
  const at = (speed_kmh: number) => () => ({ speed_kmh })
  const samples = [
    ...recorded({ atMs: 0, seconds: 61, values: at(18) }),
    ...recorded({ atMs: 120_000, seconds: 61, values: at(18) }),
    ...recorded({ atMs: 0, seconds: 181, values: at(30), recorderId: phoneId }),
  ]
  const { maxKmh, unrecordedS, recorderIds } = summaryOf(samples)
  expect([maxKmh, unrecordedS]).toEqual([30, 22])
  expect(recorderIds).toEqual([phoneId, moduleId])
})
