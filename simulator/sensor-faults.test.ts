import { expect, test } from 'vitest'
import { maskReasons, readTrack, writeTrack } from '../proto/index.ts'
import { createBike } from './bike.ts'
import { bySecondRecorder, inSeconds, withSensorFaults } from './sensor-faults.ts'
import { countSamples, metric } from './series.ts'

const bike = createBike(1, 1)
const ride = bike.ride({ startMs: Date.UTC(2025, 5, 2, 7), seconds: 120 })
const { bikeId, recorderId } = bike
const clock = { bootId: 1, clockEpoch: 1 }

test('what the codec reads of a failing ride is its truth, cell by cell, and it gives every reason but half a position', () => {
  const { told, truth } = withSensorFaults(ride)
  const read = told.map((series) => readTrack(writeTrack({ ...series, bikeId, recorderId, clock })))
  expect(read.map(({ columns }) => new Map(columns.map(({ key, values }) => [key, values])))).toEqual(
    truth.map(({ columns }) => new Map(columns.map(({ key, values }) => [key, values]))),
  )
  const reasons = new Set(read.flatMap(({ masked = [] }) => masked.map(({ reason }) => reason)))
  expect([...reasons].sort()).toEqual(
    maskReasons.filter((reason) => reason !== 'coordinates_unpaired').sort(),
  )
})

test('a new display begins at nothing, and goes on by as much as the old one would have', () => {
  const [before, after] = [ride, withSensorFaults(ride).truth].map((each) => metric(each, 'odometer_m'))
  expect(after?.[60]).toBe(0)
  expect((after?.[59] ?? 0) - (after?.[0] ?? 0)).toBeGreaterThan(0)
  expect(after?.[119]).toBeCloseTo((before?.[119] ?? 0) - (before?.[60] ?? 0), 3)
})

test('in seconds a ride lasts no longer than it has samples of a kind, in milliseconds, and nothing of it is true', () => {
  const { told, truth } = inSeconds(ride)
  expect(truth).toEqual([])
  for (const { timesMs } of told) expect((timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0)).toBe(timesMs.length - 1)
})

test('two recorders tell twice as much, in the order of time', () => {
  const { second, both } = bySecondRecorder(ride)
  expect(countSamples(both)).toBe(countSamples(ride) + countSamples(second))
  for (const { timesMs } of both) expect(timesMs).toEqual(timesMs.toSorted())
  expect(metric(both, 'speed_kmh')?.[1]).toBe(metric(both, 'speed_kmh')?.[0])
})
