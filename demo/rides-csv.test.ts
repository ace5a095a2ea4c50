import { expect, test } from 'vitest'
import { metric } from '../simulator/index.ts'
import { parseRide } from './rides-csv.ts'

const head = 'timestamp,position_lat,position_long,altitude,distance,speed,cadence,temperature'
const ride = (...rows: string[]) => parseRide('trip.csv', [head, ...rows, ''].join('\n'))
const values = (rows: string[], key: Parameters<typeof metric>[1]) => {
  const column = metric(ride(...rows)?.series ?? [], key)
  return column && [...column]
}

test('times are UTC, values keep their precision', () => {
  const rows = ['2023-07-06T09:04:23,53.3854425,-6.256422,56.8,4898.47,9.709,60,16']
  expect(ride(...rows)?.series[0]?.timesMs).toEqual(Float64Array.of(Date.UTC(2023, 6, 6, 9, 4, 23)))
  expect(values(rows, 'latitude_deg')).toEqual([53.3854425])
  expect(values(rows, 'odometer_m')).toEqual([4898.47])
  expect(values(rows, 'speed_kmh')).toEqual([9.709])
})

test('a blank cell is a gap, and so is the marker for no cadence', () => {
  const rows = ['2023-07-06T09:04:23,53.1,-6.2,,0,9.7,255,16', '2023-07-06T09:04:24,53.1,-6.2,56,6,9.7,61,16']
  expect(values(rows, 'altitude_m')).toEqual([Number.NaN, 56])
  expect(values(rows, 'cadence_rpm')).toEqual([Number.NaN, 61])
})

test('a column without any value is absent', () => {
  expect(values(['2023-07-06T09:04:23,53.1,-6.2,1,0,9.7,255,16'], 'cadence_rpm')).toBeUndefined()
})

test('half a position is none', () => {
  expect(values(['2023-07-06T09:04:23,53.1,,1,0,9.7,60,16'], 'latitude_deg')).toBeUndefined()
})

test('a file without times, or without rows, is no ride', () => {
  expect(parseRide('trips.csv', 'file,samples\ntrip_1.csv,970\n')).toBeUndefined()
  expect(parseRide('trip.csv', `${head}\n`)).toBeUndefined()
})

test.each([
  ['a time that goes back', ['2023-07-06T09:04:23,,,,,,,', '2023-07-06T09:04:22,,,,,,,'], 'line 3'],
  ['a time that is none', ['today,,,,,,,'], 'line 2'],
  ['a value that is none', ['2023-07-06T09:04:23,,,,,fast,,'], 'speed is no number: fast'],
])('refuses %s and names the place', (_, rows, message) => {
  expect(() => ride(...rows)).toThrow(message)
})
