import { expect, test } from 'vitest'
import { energyFeatures, labelled, learnEnergy, predictEnergy, tripOf } from './energy.ts'
import { baseWhPerKm, headwindMs } from './physics.ts'
import { quantilesOf } from './regression.ts'
import { shippedPrior } from './shipped-prior.ts'
import { makeRide, makeRides } from './testing/fixtures.ts'

const prior = shippedPrior
const trip = tripOf(makeRide(), prior)

test('physics: about 5 Wh/km on an easy way, more up, against the wind, with load and in the cold', () => {
  expect(baseWhPerKm(trip)).toBeGreaterThan(4)
  expect(baseWhPerKm(trip)).toBeLessThan(7)
  const more = [
    { climbM: 100 },
    { airSpeed2: (trip.speedMs + 2) ** 2 },
    { massKg: 130 },
    { temperatureC: -5 },
    { levelShares: [0, 0, 0, 0, 1, 0] },
    { stopsPerKm: 3 },
  ]
  for (const change of more) expect(baseWhPerKm({ ...trip, ...change })).toBeGreaterThan(baseWhPerKm(trip))
  expect(baseWhPerKm({ ...trip, climbM: 0, descentM: 900, airSpeed2: -4 })).toBeGreaterThanOrEqual(1)
})

test('a descent gives back three tenths of its height, and not more than was climbed', () => {
  const flat = baseWhPerKm({ ...trip, climbM: 0, descentM: 0 })
  const up = baseWhPerKm({ ...trip, climbM: 100, descentM: 0 }) - flat
  expect(baseWhPerKm({ ...trip, climbM: 100, descentM: 100 }) - flat).toBeCloseTo(0.7 * up)
  expect(baseWhPerKm({ ...trip, climbM: 0, descentM: 100 })).toBe(flat)
})

test('wind from ahead is half of that at 10 m, from behind it pushes, from the side it is none', () => {
  const west = { speedMs: 8, fromDeg: 270 }
  expect(headwindMs(west, 270)).toBeCloseTo(4)
  expect(headwindMs(west, 90)).toBeCloseTo(-4)
  expect(headwindMs(west, 0)).toBeCloseTo(0)
  expect(headwindMs(undefined, 270)).toBe(0)
})

test('features of a mixed ride are the means of its levels', () => {
  const [one, level, half] = energyFeatures({ ...trip, levelShares: [0, 0.5, 0, 0, 0, 0.5] })
  expect([one, level, half]).toEqual([1, 0, 2])
})

test.each([
  ['without energy', { energyWh: undefined, chargeEndPct: undefined }],
  ['with the motor off for long', { levelShares: [0.3, 0, 0, 0.7, 0, 0] }],
  ['of 75,000 km on a charge', { energyWh: 0.003 }],
  ['of 100 Wh/km', { energyWh: 800 }],
])('a ride %s teaches nothing', (_, of) => {
  expect(labelled([makeRide(of)])).toEqual([])
})

test('a thirsty rider is learnt, and known better with each ride', () => {
  const thirsty = makeRides(30).map((ride) => ({ ...ride, energyWh: 1.5 * (ride.energyWh as number) }))
  const after = (count: number) =>
    quantilesOf(predictEnergy(learnEnergy(thirsty.slice(0, count), { prior, massIsKnown: true }), trip))
  const usual = quantilesOf(predictEnergy(learnEnergy(makeRides(30), { prior, massIsKnown: true }), trip))
  expect(after(30).p50 / usual.p50).toBeCloseTo(1.5, 1)
  expect(after(30).p50).toBeGreaterThan(after(3).p50)
  expect(after(3).p50).toBeGreaterThan(after(0).p50)
  const width = ({ p10, p90, p50 }: ReturnType<typeof after>) => (p90 - p10) / p50
  expect(width(after(30))).toBeLessThan(width(after(0)))
})

test('a rider whose mass nobody told is known less well at first', () => {
  const scale = (massIsKnown: boolean) => predictEnergy(learnEnergy([], { prior, massIsKnown }), trip).scale
  expect(scale(false)).toBeGreaterThan(scale(true))
})
