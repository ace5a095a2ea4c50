// Rides that are unlike others; docs/riders.md says what is told of each.
import { describe, expect, test } from 'vitest'
import { rideIdOf } from '../../../proto/codec/ride-id.ts'
import { ridesOf } from './plan.ts'
import type { Ride, RideSample } from './port.ts'
import { bike, moduleId, recorded, startMs } from './testing/samples.ts'
import { totalsOf } from './totals.ts'

const otherModuleId = 'b0000000-0000-4000-8000-000000000004'
const twoModules = { ...bike, moduleIds: [moduleId, otherModuleId] }
const riding = (more: Partial<Parameters<typeof recorded>[0]> = {}) =>
  recorded({ atMs: 0, seconds: 1_201, ...more })
/** At 36 V; 18 km/h and 5 A for 20 minutes are 6 km and 60 Wh. */
const battery = (charge: (second: number) => number, amperes = 5) => ({
  kind: 'battery' as const,
  values: (second: number) => ({ voltage_v: 36, current_a: amperes, state_of_charge_pct: charge(second) }),
})

function onlyRide(samples: readonly RideSample[], of = bike): Ride {
  const rides = ridesOf(
    samples.toSorted((a, b) => a.timeMs - b.timeMs),
    of,
  )
  expect(rides).toHaveLength(1)
  return rides[0] as Ride
}

describe('a battery that is exchanged in mid ride', () => {
  const first = recorded({ atMs: 0, seconds: 600, ...battery((s) => 15 - s / 100) })
  const second = (atS: number) =>
    recorded({ atMs: atS * 1_000, seconds: 1_201 - atS, ...battery((s) => 98 - s / 100) })

  test('parts no ride, and the energy is that of both', () => {
    const { summary } = onlyRide([...riding(), ...first, ...second(620)])
    expect(summary).toMatchObject({ energyWh: 60, energyCoverage: 1, whPerKm: 10 })
    expect(summary).toMatchObject({ chargeStartPct: 15, chargeEndPct: 92.2 })
  })

  test('and told of more than a minute later leaves that time uncovered', () => {
    const { summary } = onlyRide([...riding(), ...first, ...second(800)])
    expect(summary).toMatchObject({ energyWh: 49.95, energyCoverage: 0.833 })
    expect(summary).not.toHaveProperty('whPerKm')
  })
})

test('an odometer that is reset in mid ride parts none; only the step over the reset is missing', () => {
  const values = (s: number) => ({ speed_kmh: 18, odometer_m: s < 600 ? 25_000 + 5 * s : 5 * (s - 600) })
  const { summary } = onlyRide(riding({ values }))
  expect(summary).toMatchObject({ distanceM: 5_995, distanceFrom: 'odometer', movingS: 1_200, gaps: [] })
})

describe('two batteries', () => {
  test('of two modules: the one of the smaller id is heard, where it is silent the other', () => {
    const told = (seconds: number) => [
      ...riding(),
      ...riding({ ...battery(() => 80, 4), seconds }),
      ...riding({ ...battery(() => 40, 6), recorderId: otherModuleId }),
    ]
    const { summary } = onlyRide(told(1_201), twoModules)
    expect(summary).toMatchObject({ energyWh: 48, chargeStartPct: 80, chargeEndPct: 80 })
    const half = onlyRide(told(601), twoModules).summary
    expect(half.energyWh).toBeCloseTo(24 + 36, 0)
    expect(half).toMatchObject({ chargeStartPct: 80, chargeEndPct: 40 })
  })

  test('that one module tells in turn count as one of their mean power', () => {
    const values = (s: number) => ({
      ...{ voltage_v: 36, current_a: s % 2 === 0 ? 4 : 6, state_of_charge_pct: s % 2 === 0 ? 80 : 40 },
    })
    const { summary } = onlyRide([...riding(), ...riding({ kind: 'battery', values, seconds: 1_200 })])
    expect(summary.energyWh).toBeCloseTo(60, 0)
    expect(summary).toMatchObject({ chargeStartPct: 80, chargeEndPct: 40 })
  })
})

describe('the change of summer time', () => {
  const between = (from: string, until: string) => {
    const [fromMs, untilMs] = [Date.parse(from), Date.parse(until)]
    return onlyRide(recorded({ atMs: fromMs - startMs, seconds: (untilMs - fromMs) / 1_000 + 1 }))
  }
  const dayOf = (ride: Ride) => totalsOf([ride], { by: 'day', zone: 'Europe/Berlin' })

  test.each([
    [
      'a ride over the midnight before a day of 23 hours',
      '2026-03-28T23:50+01:00',
      '2026-03-29T00:20+01:00',
      '2026-03-28',
      1_800,
    ],
    [
      'a ride over the hour that is left out',
      '2026-03-29T01:50+01:00',
      '2026-03-29T03:20+02:00',
      '2026-03-29',
      1_800,
    ],
    [
      'a ride over the midnight after a day of 23 hours',
      '2026-03-29T23:50+02:00',
      '2026-03-30T00:20+02:00',
      '2026-03-29',
      1_800,
    ],
    [
      'a ride over the hour that comes twice',
      '2026-10-25T02:50+02:00',
      '2026-10-25T02:10+01:00',
      '2026-10-25',
      1_200,
    ],
    [
      'a ride over the midnight after a day of 25 hours',
      '2026-10-25T23:50+01:00',
      '2026-10-26T00:20+01:00',
      '2026-10-25',
      1_800,
    ],
  ])('%s', (_, from, until, day, movingS) => {
    const ride = between(from, until)
    expect(ride).toMatchObject({ fromMs: Date.parse(from), untilMs: Date.parse(until) })
    expect(ride.rideId).toBe(rideIdOf({ bikeId: bike.bikeId, fromMs: Date.parse(from) }))
    expect(ride.summary).toMatchObject({ movingS, standingS: 0, unrecordedS: 0, distanceM: 5 * movingS })
    expect(dayOf(ride)).toMatchObject([{ from: day, rides: 1, movingS, distanceM: 5 * movingS }])
  })

  test('rides at the same hand of the clock, an hour apart, are two', () => {
    const first = between('2026-10-25T02:10+02:00', '2026-10-25T02:20+02:00')
    const second = between('2026-10-25T02:10+01:00', '2026-10-25T02:20+01:00')
    expect(second.fromMs - first.fromMs).toBe(3_600_000)
    expect(second.rideId > first.rideId).toBe(true)
  })
})

test('a ride without any reading of a battery has a way and a time, and no energy', () => {
  const ride = onlyRide(riding())
  expect(ride.summary).toMatchObject({ distanceM: 6_000, movingS: 1_200, energyCoverage: 0 })
  for (const value of ['energyWh', 'whPerKm', 'batteryC', 'chargeStartPct', 'chargeEndPct'])
    expect(ride.summary).not.toHaveProperty(value)
  expect(totalsOf([ride], { by: 'day', zone: 'UTC' })).toMatchObject([
    { distanceM: 6_000, energyWh: 0, energyDistanceM: 0 },
  ])
})
