import { expect, test } from 'vitest'
import type { Ride } from '../rides/port.ts'
import { trainingRideOf } from './training-ride.ts'

const summary: Ride['summary'] = {
  movingS: 1_440,
  standingS: 150,
  unrecordedS: 10,
  pauses: 2,
  stops: 7,
  gaps: [],
  distanceM: 8_000,
  ascentM: 24,
  energyWh: 40,
  energyCoverage: 0.97,
  assistShares: [
    { level: 2, share: 0.25 },
    { level: 4, share: 0.75 },
  ],
  ambientC: { min: 3, mean: 5, max: 8 },
  clockRules: [],
  recordings: [],
  recorderIds: [],
  samples: 1_600,
}
const ride: Ride = {
  rideId: 'id',
  bikeId: 'bike',
  riderId: 'rider',
  fromMs: 1_000,
  untilMs: 1_601_000,
  closesAtMs: 2_201_000,
  end: 'rest',
  summary,
}

test('a listed ride becomes one to learn from', () => {
  expect(trainingRideOf(ride, 95)).toEqual({
    rideId: 'id',
    startMs: 1_000,
    distanceM: 8_000,
    movingS: 1_440,
    elapsedS: 1_600,
    stops: 7,
    ascentM: 24,
    levelShares: [0, 0, 0.25, 0, 0.75, 0],
    energyWh: 40,
    energyCoverage: 0.97,
    temperatureC: 5,
    massKg: 95,
  })
})

test('without levels it has none, without a distance it is none', () => {
  expect(trainingRideOf({ ...ride, summary: { ...summary, assistShares: [] } })?.levelShares).toBeUndefined()
  const { distanceM: _, ...without } = summary
  expect(trainingRideOf({ ...ride, summary: without })).toBeUndefined()
})
