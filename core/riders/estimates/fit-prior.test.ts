import { expect, test } from 'vitest'
import { randomOf } from './draws.ts'
import { energyFeatures, learnEnergy, predictEnergy, tripOf } from './energy.ts'
import { fitPrior, foreseen } from './fit-prior.ts'
import { baseWhPerKm } from './physics.ts'
import { dot, quantilesOf } from './regression.ts'
import { shippedPrior as base } from './shipped-prior.ts'
import { makeRides } from './testing/fixtures.ts'

const truth = [0.2, -0.05, 0.02, -0.1, -0.03, 0.04, 0, 0, 0, 0, 0]
const random = randomOf('riders')

/** Riders 0.1 apart from each other, rides 0.08. */
function riderOf(seed: number) {
  const own = 0.1 * random.normal()
  return makeRides(25, seed).map((ride) => {
    const trip = tripOf(ride, base)
    const y = dot(truth, energyFeatures(trip)) + own + 0.08 * random.normal()
    return { ...ride, energyWh: baseWhPerKm(trip) * Math.exp(y) * trip.distanceKm }
  })
}

const riders = Array.from({ length: 40 }, (_, seed) => riderOf(seed))
const prior = fitPrior({ riders: riders.slice(0, 20), base, version: 'v1', origin: 'twenty riders' })

test('the prior of a population is what its rides were made of', () => {
  const { mean, sd, noise } = prior.energy
  for (const [i, value] of truth.entries()) expect(Math.abs((mean[i] as number) - value)).toBeLessThan(0.06)
  expect(sd[0]).toBeGreaterThan(0.06)
  expect(sd[0]).toBeLessThan(0.15)
  expect(noise).toBeCloseTo(0.08, 1)
  expect(prior).toMatchObject({ version: 'v1', origin: 'twenty riders', moving: base.moving })
})

test('its intervals hold eight of ten rides of other riders', () => {
  const inside = riders.slice(20).flatMap((rides) =>
    rides.slice(1).map((ride, i) => {
      const before = rides.slice(0, i + 1)
      const model = learnEnergy(before, { prior, massIsKnown: true })
      const { p10, p90 } = quantilesOf(predictEnergy(model, foreseen(ride, before, prior)))
      const whPerKm = (1_000 * ride.energyWh) / ride.distanceM
      return whPerKm >= p10 && whPerKm <= p90
    }),
  )
  const share = inside.filter(Boolean).length / inside.length
  expect(share).toBeGreaterThan(0.74)
  expect(share).toBeLessThan(0.86)
})
