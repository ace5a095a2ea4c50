// How far the batteries carry a rider: over rides like the recent ones, or along a route.
import { usableWh } from './battery.ts'
import { contributionsOf } from './contributions.ts'
import { quantilesOfDraws, type Random, randomOf, round } from './draws.ts'
import { type EnergyModel, energyFeatures, learnEnergy, plausibleWhPerKm } from './energy.ts'
import { baseWhPerKm } from './physics.ts'
import type { Prior, RangeAnswer, RangeQuestion, Route } from './port.ts'
import { calibrated, type Drawn, dot, drawFrom } from './regression.ts'
import { groundsOf, knownConditions, ridesInOrder } from './rides.ts'
import { layRoute } from './route.ts'
import { profileOf } from './route-profile.ts'
import { meanTrip, tripsOf, type WeightedTrip } from './trips.ts'

const draws = 2_000
/** A draw that has gone on for so many rides goes on at its mean: by then a ride more changes little. */
const mostRidesOfDraw = 50

/**
 * P10, P50 and P90 of the range in km. Each of 2,000 draws takes θ and noise from the posterior, adds a ride's noise once a ride, and
 * rides until the usable energy is spent. The seed follows from rides and prior only, so other conditions or another charge
 * differ by their cause, not by chance.
 */
export function estimateRange(question: RangeQuestion, prior: Prior): RangeAnswer {
  const route = question.route && layRoute(question.route)
  if (route !== undefined && 'status' in route) return route
  const rides = ridesInOrder(question.rides)
  const conditions = knownConditions(question.conditions, rides)
  const model = learnEnergy(rides, { prior, massIsKnown: conditions.massIsKnown })
  const grounds = groundsOf(model.ridesUsed, prior)
  const energy = usableWh({ ...question, rides })
  if ('missing' in energy) return { status: 'not_enough_data', missing: energy.missing, ...grounds }
  const rider = { nowMs: question.nowMs, prior, rides, conditions }
  const trips = tripsOf(rider, route)
  const travels = createTraveller({
    model,
    trips,
    random: randomOf([prior.version, rides.map(({ rideId }) => rideId)]),
  })
  const travel = route ? alongRoute(route, profileOf(rider, route)) : usualWay
  const drawn = Array.from({ length: draws }, () => travel(travels(), energy.usableWh))
  const rangesKm = drawn.map(({ rangeKm }) => rangeKm)
  return {
    status: 'estimate',
    rangeKm: quantilesOfDraws(rangesKm, 1),
    whPerKm: quantilesOfDraws(
      drawn.map(({ whPerKm }) => whPerKm),
      2,
    ),
    usableWh: round(energy.usableWh, 0),
    ...(route && { destination: destinationOf(route, rangesKm) }),
    contributions: contributionsOf(rider, { model, trip: meanTrip(trips) }),
    assumed: [...conditions.assumed, ...(route && !route.hasHeights ? ['heights' as const] : [])],
    ...grounds,
  }
}

interface Ridden {
  readonly distanceKm: number
  readonly whPerKm: number
}

/** Each call begins another draw; each call of what it returns is another ride of this draw. */
function createTraveller(of: {
  model: EnergyModel
  trips: readonly WeightedTrip[]
  random: Random
}): () => () => Ridden {
  const { model, trips, random } = of
  const { posterior } = model
  const pick = picker(trips.map(({ weight }) => weight))
  const foreseen = trips.map(({ trip }) => {
    const x = energyFeatures(trip)
    return { x, centre: dot(posterior.mean, x) + Math.log(baseWhPerKm(trip)), distanceKm: trip.distanceKm }
  })
  const next = drawFrom(posterior, random)
  const ride = ({ deviation, noise }: Drawn): Ridden => {
    const { x, centre, distanceKm } = foreseen[pick(random.next())] as (typeof foreseen)[number]
    const off = calibrated(posterior.calibration, dot(deviation, x) + noise * random.normal())
    const { least, most } = plausibleWhPerKm
    return { distanceKm, whPerKm: Math.min(most, Math.max(least, Math.exp(centre + off))) }
  }
  return () => {
    const draw = next()
    return () => ride(draw)
  }
}

/** From a number in [0, 1) to an index, each as often as its weight says. */
function picker(weights: readonly number[]): (luck: number) => number {
  let sum = 0
  const untils = weights.map((weight) => {
    sum += weight
    return sum
  })
  return (luck) => {
    let low = 0
    let high = untils.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((untils[middle] as number) > luck * sum) high = middle
      else low = middle + 1
    }
    return low
  }
}

interface Travelled {
  readonly rangeKm: number
  readonly whPerKm: number
}

/** Whole rides, one after the other, until the energy is spent within one. */
function usualWay(ride: () => Ridden, energyWh: number): Travelled {
  let spentWh = 0
  let km = 0
  for (let rides = 0; rides < mostRidesOfDraw; rides++) {
    const { distanceKm, whPerKm } = ride()
    const rideWh = whPerKm * distanceKm
    if (spentWh + rideWh >= energyWh) {
      const rangeKm = km + (energyWh - spentWh) / whPerKm
      return { rangeKm, whPerKm: rangeKm > 0 ? energyWh / rangeKm : whPerKm }
    }
    spentWh += rideWh
    km += distanceKm
  }
  const whPerKm = spentWh / km
  return { rangeKm: energyWh / whPerKm, whPerKm }
}

/** Along the route as it takes energy; beyond its end at its mean. */
function alongRoute({ lengthM }: Route, profile: (spent: number) => number) {
  return (ride: () => Ridden, energyWh: number): Travelled => {
    const { whPerKm } = ride()
    const routeKm = lengthM / 1_000
    return { whPerKm, rangeKm: profile(energyWh / (whPerKm * routeKm)) * routeKm }
  }
}

function destinationOf({ lengthM }: Route, rangesKm: readonly number[]) {
  const reached = rangesKm.filter((km) => km * 1_000 >= lengthM).length
  return { distanceKm: round(lengthM / 1_000, 2), reachProbability: round(reached / rangesKm.length, 3) }
}
