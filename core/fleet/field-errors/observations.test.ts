import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Track } from '../../../proto/index.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { observe } from './observations.ts'

const bikeId = randomUUID()
const recorderId = randomUUID()
const noonMs = Date.UTC(2026, 0, 31, 12)
const clock = { bootId: 1, clockEpoch: 1 }

function read(
  track: Track,
  more: { riderId?: string; clockOffsetMs?: number; samples?: [number, number][] } = {},
) {
  const samples = more.samples?.map(([first, count]) => ({ first, count }))
  const { riderId = 'anna', clockOffsetMs = 0 } = more
  return readStoredRecord(storedRecord({ track, riderId, clockOffsetMs, ...(samples && { samples }) }).value)
}

const faultTrack = (rows: readonly (readonly [code: number, severity: number, active: number])[]): Track => ({
  ...{ bikeId, recorderId, kind: 'fault', clock },
  timesMs: rows.map((_, index) => noonMs + index * 1_000),
  columns: [
    { key: 'fault_code', values: rows.map(([code]) => code) },
    { key: 'fault_severity', values: rows.map(([, severity]) => severity) },
    { key: 'fault_active', values: rows.map(([, , active]) => active) },
  ],
})
const rideTrack = (odometer: readonly number[], timesMs: readonly number[]): Track => ({
  ...{ bikeId, recorderId, kind: 'ride', clock, timesMs: [...timesMs] },
  columns: [{ key: 'odometer_m', values: [...odometer] }],
})

describe('a fault is kept', () => {
  const none = Number.NaN
  test.each<[string, readonly [number, number, number], boolean | undefined]>([
    ['as an error that appears', [1_204, 3, 1], true],
    ['as a critical one', [1_204, 4, 1], true],
    ['not as a warning', [1_204, 2, 1], undefined],
    ['with its end', [1_204, 3, 0], false],
    ['with its end, of which no severity is told', [1_204, none, 0], false],
    ['not with the end of a warning', [1_204, 2, 0], undefined],
    ['not without a code', [none, 3, 1], undefined],
    ['not without a severity', [1_204, none, 1], undefined],
    ['not when nothing says that it appeared', [1_204, 3, none], undefined],
  ])('%s', (_, row, active) => {
    const { faults } = observe([read(faultTrack([row, [1, 1, 0]]))])
    const fault = {
      bikeId,
      recorderId,
      atMs: noonMs,
      riderId: 'anna',
      code: 1_204,
      severity: row[1] || 0,
      active,
    }
    expect(faults).toEqual(active === undefined ? [] : [fault])
  })

  test('at its corrected time, once, and only where its sample was stored', () => {
    const track = faultTrack([
      [7, 3, 1],
      [8, 3, 1],
      [9, 3, 1],
    ])
    const stored = read(track, { clockOffsetMs: 500, samples: [[1, 2]] })
    const { faults } = observe([stored, stored])
    expect(faults.map(({ code, atMs }) => [code, atMs - noonMs])).toEqual([
      [8, 1_500],
      [9, 2_500],
    ])
  })
})

test('a ride over midnight (UTC) has two days, each with its own way', () => {
  const midnightMs = Date.UTC(2026, 1, 1)
  const timesMs = [-2, -1, 0, 1, 2].map((s) => midnightMs + s * 1_000)
  const { days } = observe([read(rideTrack([100, 200, 300, Number.NaN, 500], timesMs))])
  expect(days).toEqual([
    {
      ...{ bikeId, recorderId, riderId: 'anna', day: '2026-01-31', odometerCm: [{ from: 100, until: 200 }] },
      ...{ firstAtMs: midnightMs - 2_000, lastAtMs: midnightMs - 1_000 },
    },
    {
      ...{ bikeId, recorderId, riderId: 'anna', day: '2026-02-01', odometerCm: [{ from: 300, until: 500 }] },
      ...{ firstAtMs: midnightMs, lastAtMs: midnightMs + 2_000 },
    },
  ])
})

test('tracks of a day are one, in whatever order; one without an odometer adds its time', () => {
  const tracks = [
    read(rideTrack([5_000, 6_000], [noonMs, noonMs + 1_000])),
    read(faultTrack([[1, 1, 0]]), { clockOffsetMs: -60_000 }),
    read(rideTrack([4_000, 4_500], [noonMs - 9_000, noonMs - 8_000])),
  ]
  const expected = {
    firstAtMs: noonMs - 60_000,
    lastAtMs: noonMs + 1_000,
    odometerCm: [
      { from: 4_000, until: 4_500 },
      { from: 5_000, until: 6_000 },
    ],
  }
  for (const order of [tracks, [...tracks].reverse()]) expect(observe(order).days).toMatchObject([expected])
})

test.each<[string, number[], [number, number][]]>([
  [
    'a display that is exchanged',
    [31_000, 31_500, 0, 500],
    [
      [0, 500],
      [31_000, 31_500],
    ],
  ],
  [
    'one that was set ahead',
    [0, 500, 9_000_000, 9_000_500],
    [
      [0, 500],
      [9_000_000, 9_000_500],
    ],
  ],
  ['readings in steps of 100 m', [0, 10_000, 10_000, 20_000], [[0, 20_000]]],
  ['a bike that stands still', [700, 700], []],
])('an odometer is the sum of its steps: %s', (_, readings, ways) => {
  const timesMs = readings.map((_, i) => noonMs + i * 60_000)
  const [day] = observe([read(rideTrack(readings, timesMs))]).days
  expect(day?.odometerCm).toEqual(ways.map(([from, until]) => ({ from, until })))
})

test('nothing is kept of a bike that nobody owned', () => {
  expect(observe([read(faultTrack([[7, 3, 1]]), { riderId: '' })])).toEqual({ faults: [], days: [] })
})
