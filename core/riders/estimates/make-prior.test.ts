import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConsentRange } from '../consent/port.ts'
import type { RideNote } from '../rides/notes-port.ts'
import type { Ride } from '../rides/port.ts'
import { leastRiders, makePrior, priorOf, ridesThatCount } from './make-prior.ts'
import { shippedPrior as base } from './shipped-prior.ts'
import { keptRides, nowMs } from './testing/fixtures.ts'

const riders = Array.from({ length: leastRiders + 2 }, (_, n) => ({
  riderId: `r${n}`,
  rides: keptRides(`r${n}`, n),
}))

test('any order of riders and rides ends in equal bytes', () => {
  const made = makePrior({ riders, base, seed: 's' })
  const shuffled = fc
    .tuple(
      fc.shuffledSubarray(riders, { minLength: riders.length }),
      fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
    )
    .map(([inAnyOrder, order]) =>
      inAnyOrder.map((one) => ({ ...one, rides: order.map((n) => one.rides[n] as Ride) })),
    )
  fc.assert(
    fc.property(shuffled, (given) => {
      expect(makePrior({ riders: given, base, seed: 's' })).toEqual(made)
    }),
    { numRuns: 10 },
  )
})

test('a version says what it was made of, and names its content', () => {
  const made = makePrior({ riders, base, seed: 's' })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  const { prior } = made
  expect(prior).toMatchObject({ riders: 22, rides: 176, seed: 's' })
  expect(prior.version).toBe(`riders-${prior.digest.slice(0, 12)}`)
  expect(priorOf(prior)).toMatchObject({ version: prior.version, moving: base.moving })
  const fewer = makePrior({ riders: riders.slice(1), base, seed: 's' })
  expect(fewer).toMatchObject({ outcome: 'made', prior: { riders: 21 } })
  expect(fewer.outcome === 'made' && fewer.prior.version).not.toBe(prior.version)
  expect(() => priorOf({ ...prior, content: prior.content.replace('5', '6') })).toThrow('its digest differs')
})

test('of fewer riders than twenty none is made; two bikes of one rider are one rider', () => {
  const few = riders.slice(0, leastRiders - 1)
  const [first] = few as [(typeof few)[0]]
  const twoBikes = { ...first, rides: [...first.rides, ...keptRides(first.riderId, 99)] }
  for (const given of [few, [twoBikes, ...few.slice(1)]]) {
    expect(makePrior({ riders: given, base, seed: 's' })).toEqual({ outcome: 'too_few_riders', riders: 19 })
  }
  const almostNone = { riderId: 'r99', rides: keptRides('r99', 99).slice(0, 2) }
  expect(makePrior({ riders: [...few, almostNone], base, seed: 's' })).toMatchObject({ riders: 19 })
})

test('rides that are alike, without heights, make one that has numbers only', () => {
  const flat = riders.map(({ riderId, rides }) => ({
    riderId,
    rides: rides.map((ride) => {
      const { ascentM, descentM, ...summary } = ride.summary
      return { ...ride, summary: { ...summary, distanceM: 5_000, movingS: 900, energyWh: 25, stops: 4 } }
    }),
  }))
  const made = makePrior({ riders: flat, base, seed: 's' })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  expect(made.prior.content).not.toContain('null')
  expect(priorOf(made.prior).typical.climbMPerKm).toBe(base.typical.climbMPerKm)
})

const rides = keptRides('anna', 1)
const [first, second] = rides as [Ride, Ride]
const consent = (fromMs: number, untilMs = Infinity): ConsentRange => ({
  fromMs,
  untilMs,
  now: untilMs === Infinity,
})
const notMe: RideNote = {
  ...{ bikeId: first.bikeId, atMs: first.fromMs, changedAtMs: 1, hidden: false, notMe: true },
}
test.each<[string, ConsentRange[], RideNote[], number, Ride[]]>([
  ['all of them', [consent(-Infinity)], [], nowMs, rides],
  ['none without a consent', [], [], nowMs, []],
  ['none after a withdrawal', [consent(0, nowMs - 1)], [], nowMs, []],
  ['those from the consent on, whole', [consent(first.fromMs + 1)], [], nowMs, rides.slice(1)],
  [
    'none that the consent broke off in',
    [consent(0, first.untilMs), consent(second.fromMs)],
    [],
    nowMs,
    rides.slice(1),
  ],
  ['none that somebody else rode', [consent(0)], [notMe], nowMs, rides.slice(1)],
  ['none that is open', [consent(0)], [], first.closesAtMs, [first]],
])('of a rider’s rides count: %s', (_, consents, notes, atMs, counted) => {
  expect(ridesThatCount(rides, { consents, notes, nowMs: atMs })).toEqual(counted)
})
