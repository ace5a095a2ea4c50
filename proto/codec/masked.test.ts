// Cells that count as missing: each kind, its neighbours, and that the track and its samples pass.
import { describe, expect, test } from 'vitest'
import { type Column, checkTrack, type Kind, maskReasons, readTrack, writeTrack } from '../index.ts'

function read(kind: Kind, cells: Readonly<Record<string, readonly number[]>>) {
  const columns = Object.entries(cells).map(([key, values]) => ({ key, values }) as Column)
  const samples = columns[0]?.values.length ?? 0
  const bytes = writeTrack({
    bikeId: crypto.randomUUID(),
    recorderId: crypto.randomUUID(),
    kind,
    clock: { bootId: 1, clockEpoch: 0 },
    timesMs: Array.from({ length: samples }, (_, i) => 1e12 + i * 1000),
    columns,
  })
  const track = readTrack(bytes)
  expect(checkTrack(bytes).masked).toEqual(track.masked ?? [])
  expect(checkTrack(bytes).samples).toBe(samples)
  return {
    cells: Object.fromEntries(track.columns.map(({ key, values }) => [key, [...values]])),
    masked: track.masked,
  }
}

const none = Number.NaN

describe('out of range', () => {
  test.each<[string, Kind, string, readonly number[], readonly number[]]>([
    ['a negative speed', 'ride', 'speed_kmh', [20_000, -1, 21_000], [20_000, none, 21_000]],
    ['a bike faster than 200 km/h', 'ride', 'speed_kmh', [200_000, 200_001, 0], [200_000, none, 0]],
    ['a battery fuller than full', 'battery', 'state_of_charge_pct', [1001, 1000], [none, 1000]],
    ['a severity of zero', 'fault', 'fault_severity', [0, 1, 4, 5], [none, 1, 4, none]],
    ['an unsigned 32-bit number', 'motor', 'motor_power_w', [250, 0xffffffff, 260], [250, none, 260]],
  ])('%s is a missing cell, and what follows it stays right', (_, kind, key, values, expected) => {
    const { cells, masked } = read(kind, { [key]: values })
    expect(cells[key]).toEqual(expected)
    const missing = expected.filter(Number.isNaN).length
    const first = expected.findIndex(Number.isNaN)
    expect(masked).toEqual([{ key, reason: 'value_out_of_range', cells: missing, first }])
  })

  test('one of 600 cells costs this cell', () => {
    const speeds = Array.from({ length: 600 }, (_, i) => (i === 300 ? 999_999 : 20_000))
    expect(read('ride', { speed_kmh: speeds }).cells.speed_kmh?.filter(Number.isNaN)).toHaveLength(1)
  })

  test('the place that is told is the sample, not the cell: gaps count', () => {
    const { masked } = read('ride', { cadence_rpm: [60, none, none, 301], speed_kmh: [1, 2, 3, 4] })
    expect(masked).toEqual([{ key: 'cadence_rpm', reason: 'value_out_of_range', cells: 1, first: 3 }])
  })
})

describe('codes for no value', () => {
  test.each<[Kind, string, readonly number[]]>([
    ['ride', 'odometer_m', [0xffffffff]],
    ['ride', 'cadence_rpm', [0xff]],
    ['battery', 'voltage_v', [0xffff]],
    ['battery', 'current_a', [-0x8000, 0x7fff, 0xffff]],
    ['battery', 'battery_temperature_c', [1_270]],
    ['battery', 'charge_cycles', [0xffff]],
  ])('of %s %s are gaps, their neighbours are values', (kind, key, codes) => {
    for (const code of codes) {
      const { cells, masked } = read(kind, { [key]: [code - 1, code, 1] })
      expect(cells[key]).toEqual([code - 1, none, 1])
      expect(masked).toEqual([{ key, reason: 'no_value', cells: 1, first: 1 }])
    }
  })
})

describe('coordinates', () => {
  const [latitude_deg, longitude_deg] = ['latitude_deg', 'longitude_deg']

  test('0/0 is no position, on the equator and on the meridian there are some', () => {
    const { cells, masked } = read('ride', { latitude_deg: [0, 0, 5], longitude_deg: [0, 7, 0] })
    expect(cells).toEqual({ latitude_deg: [none, 0, 5], longitude_deg: [none, 7, 0] })
    expect(masked).toEqual([
      { key: latitude_deg, reason: 'no_fix', cells: 1, first: 0 },
      { key: longitude_deg, reason: 'no_fix', cells: 1, first: 0 },
    ])
  })

  test('one out of range takes the other along', () => {
    const { cells, masked } = read('ride', { latitude_deg: [5, 900_000_001], longitude_deg: [7, 7] })
    expect(cells).toEqual({ latitude_deg: [5, none], longitude_deg: [7, none] })
    expect(masked).toEqual([
      { key: latitude_deg, reason: 'value_out_of_range', cells: 1, first: 1 },
      { key: longitude_deg, reason: 'coordinates_unpaired', cells: 1, first: 1 },
    ])
  })

  test('half a position is none: by a gap, and by a column', () => {
    expect(read('ride', { latitude_deg: [5, 6], longitude_deg: [7, none] }).cells).toEqual({
      latitude_deg: [5, none],
      longitude_deg: [7, none],
    })
    const { cells, masked } = read('ride', { longitude_deg: [7, 8], speed_kmh: [1, 2] })
    expect(cells).toEqual({ longitude_deg: [none, none], speed_kmh: [1, 2] })
    expect(masked).toEqual([{ key: longitude_deg, reason: 'coordinates_unpaired', cells: 2, first: 0 }])
  })
})

test('every reason for masking is met above', () => {
  expect([...maskReasons].sort()).toEqual([
    'coordinates_unpaired',
    'no_fix',
    'no_value',
    'value_out_of_range',
  ])
})
