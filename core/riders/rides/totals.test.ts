import { expect, test } from 'vitest'
import type { Ride } from './port.ts'
import { isZone, type Period, totalsOf } from './totals.ts'

const ride = (began: string, more: Partial<Ride['summary']> = {}): Ride => ({
  ...{
    rideId: began,
    bikeId: 'a',
    riderId: 'anna',
    fromMs: Date.parse(began),
    untilMs: Date.parse(began) + 1,
  },
  ...{ closesAtMs: 0, end: 'rest' },
  summary: {
    ...{ movingS: 60, standingS: 0, unrecordedS: 0, pauses: 0, stops: 0, gaps: [], energyCoverage: 0 },
    ...{
      assistShares: [],
      clockRules: [],
      recorderIds: [],
      recordings: [],
      samples: 1,
      distanceM: 1_000,
      ...more,
    },
  },
})
const zone = 'Europe/Berlin'
const periodsOf = (began: string[], by: Period, where = zone) =>
  totalsOf(
    began.map((at) => ride(at)),
    { by, zone: where },
  ).map(({ from, rides }) => [from, rides])

test.each<[string, string[], Period, [string, number][]]>([
  ['nothing', [], 'day', []],
  [
    'midnight is local',
    ['2026-01-31T22:59:59Z', '2026-01-31T23:00:00Z'],
    'day',
    [
      ['2026-01-31', 1],
      ['2026-02-01', 1],
    ],
  ],
  [
    'a day of 23 hours',
    ['2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'],
    'day',
    [
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ],
  ],
  [
    'a day of 25 hours',
    ['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
    'day',
    [
      ['2026-10-25', 2],
      ['2026-10-26', 1],
    ],
  ],
  [
    'a week begins on Monday',
    ['2026-11-29T22:59:00Z', '2026-11-29T23:00:00Z'],
    'week',
    [
      ['2026-11-23', 1],
      ['2026-11-30', 1],
    ],
  ],
  [
    'months',
    ['2026-02-28T23:00:00Z', '2026-02-28T22:00:00Z'],
    'month',
    [
      ['2026-02-01', 1],
      ['2026-03-01', 1],
    ],
  ],
  ['years', ['2025-12-31T23:00:00Z', '2026-06-01T00:00:00Z'], 'year', [['2026-01-01', 2]]],
])('%s', (_, began, by, expected) => {
  expect(periodsOf(began, by)).toEqual(expected)
})

test('other zones have other days', () => {
  expect(periodsOf(['2026-01-01T00:30:00Z'], 'day', 'America/New_York')).toEqual([['2025-12-31', 1]])
})

test('energy counts with its way, where it is known', () => {
  const known = ride('2026-01-01T10:00:00Z', { energyWh: 10, energyCoverage: 0.9, ascentM: 5 })
  const unknown = ride('2026-01-01T12:00:00Z', { energyWh: 3, energyCoverage: 0.5 })
  const [total] = totalsOf([known, unknown, ride('2026-01-01T13:00:00Z', {})], { by: 'day', zone })
  expect(total).toEqual({
    ...{ from: '2026-01-01', rides: 3, movingS: 180, distanceM: 3_000, ascentM: 5 },
    ...{ energyWh: 10, energyDistanceM: 1_000 },
  })
})

test('zones have names', () => {
  expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', '', '+99:00'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
