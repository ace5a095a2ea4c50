import { expect, test } from 'vitest'
import { habitsOf, knownConditions, recency, ridesInOrder, usualLevelShares } from './rides.ts'
import { shippedPrior } from './shipped-prior.ts'
import { dayMs, makeRide, nowMs } from './testing/fixtures.ts'

test('rides are taken once, by start and then id', () => {
  const [a, b, c] = [
    makeRide({ rideId: 'b', startMs: 1 }),
    makeRide({ rideId: 'a', startMs: 2 }),
    makeRide({ rideId: 'c', startMs: 2 }),
  ]
  expect(ridesInOrder([c, b, a, b]).map(({ rideId }) => rideId)).toEqual(['b', 'a', 'c'])
})

test('the newest 500 rides count', () => {
  const rides = Array.from({ length: 600 }, (_, i) => makeRide({ rideId: `${i}`, startMs: i }))
  expect(ridesInOrder(rides).map(({ startMs }) => startMs)).toEqual(
    rides.slice(100).map(({ startMs }) => startMs),
  )
})

test.each([
  ['shorter than 1 km', { distanceM: 999 }],
  ['faster than a bike', { distanceM: 75_000_000 }],
  ['slower than a walk', { movingS: 20_000, elapsedS: 20_000 }],
  ['without a moving second', { movingS: 0 }],
  ['moving for longer than it lasted', { elapsedS: 1_000 }],
])('a ride %s is none', (_, of) => {
  expect(ridesInOrder([makeRide(of)])).toEqual([])
})

test('habits begin at the population and become the rider', () => {
  const { speedMs, stopsPerKm } = shippedPrior.typical
  expect(habitsOf([], shippedPrior)).toEqual({
    speedMs: expect.closeTo(speedMs, 9),
    stopsPerKm: expect.closeTo(stopsPerKm, 9),
  })
  const slow = makeRide({ distanceM: 300_000, movingS: 100_000, stops: 600 })
  expect(habitsOf([slow], shippedPrior).speedMs).toBeCloseTo(3, 1)
  expect(habitsOf([slow], shippedPrior).stopsPerKm).toBeCloseTo(2, 1)
})

test('a ride weighs half after 60 days, and no more than 1', () => {
  expect(recency(makeRide({ startMs: nowMs - 60 * dayMs }), nowMs)).toBeCloseTo(0.5)
  expect(recency(makeRide({ startMs: nowMs + dayMs }), nowMs)).toBe(1)
})

test('usual levels are those of recent kilometres', () => {
  const rides = [
    makeRide({ startMs: nowMs, distanceM: 3_000, levelShares: [0, 0, 1, 0, 0, 0] }),
    makeRide({ startMs: nowMs - 60 * dayMs, distanceM: 2_000, levelShares: [0, 0, 0, 0, 1, 0] }),
    makeRide({ levelShares: undefined }),
  ]
  expect(usualLevelShares(rides, nowMs)).toEqual(
    [0, 0, 0.75, 0, 0.25, 0].map((share) => expect.closeTo(share)),
  )
  expect(usualLevelShares([], nowMs)).toBeUndefined()
})

test('what the question leaves open is the last ride, or typical, and is named', () => {
  const rides = [makeRide({ massKg: 90, temperatureC: 3 }), makeRide({ massKg: undefined, temperatureC: 5 })]
  expect(knownConditions({}, rides)).toMatchObject({
    temperatureC: 5,
    massKg: 90,
    massIsKnown: true,
    assumed: ['level', 'wind', 'temperatureC', 'massKg'],
  })
  expect(knownConditions({ level: 2, massKg: 80 }, [])).toMatchObject({
    levelShares: [0, 0, 1, 0, 0, 0],
    temperatureC: 15,
    massKg: 80,
    assumed: ['wind', 'temperatureC'],
  })
  expect(knownConditions({}, []).massIsKnown).toBe(false)
})
