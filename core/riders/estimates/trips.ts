// The trips that an estimate is about: rides as the rider's recent ones, or a route.
import { tripOf } from './energy.ts'
import { headwindMs, type Trip } from './physics.ts'
import type { Prior, Route, TrainingRide } from './port.ts'
import { defaultLevelShares, habitsOf, type KnownConditions, recency, usualLevelShares } from './rides.ts'

const windHeadingsDeg = [0, 45, 90, 135, 180, 225, 270, 315]

/** Whose next ride it is, and under which conditions. */
export interface Rider {
  readonly nowMs: number
  readonly prior: Prior
  /** In the order of `ridesInOrder`. */
  readonly rides: readonly TrainingRide[]
  readonly conditions: KnownConditions
}

export interface WeightedTrip {
  readonly trip: Trip
  readonly weight: number
}

/** The rider's own rides, or a typical one; along a route with heights one, along a route without each with a ride's climb. */
export function tripsOf(rider: Rider, route: Route | undefined): WeightedTrip[] {
  const { rides, nowMs, prior } = rider
  const own = rides.map((ride) => ({
    trip: conditioned(tripOf(ride, prior), rider),
    weight: recency(ride, nowMs),
  }))
  const usual = own.length > 0 ? own : [{ trip: conditioned(typicalTrip(rider), rider), weight: 1 }]
  if (route === undefined) return usual
  const onRoute = routeTrip(rider, route)
  if (route.hasHeights) return [{ trip: onRoute, weight: 1 }]
  return usual.map(({ trip, weight }) => {
    const scale = onRoute.distanceKm / trip.distanceKm
    return { trip: { ...onRoute, climbM: trip.climbM * scale, descentM: trip.descentM * scale }, weight }
  })
}

/** A ride of the past under the conditions of the next one. */
function conditioned(trip: Trip, { conditions }: Rider): Trip {
  return {
    ...trip,
    levelShares: conditions.levelShares ?? trip.levelShares,
    temperatureC: conditions.temperatureC,
    massKg: conditions.massKg,
    // The way of a usual ride is not known: wind from each side alike.
    airSpeed2: meanOf(
      windHeadingsDeg.map((deg) => airSpeed2(trip.speedMs, headwindMs(conditions.wind, deg))),
    ),
  }
}

function typicalTrip({ prior, rides, conditions }: Rider): Trip {
  const { rideKm, climbMPerKm } = prior.typical
  const habits = habitsOf(rides, prior)
  return {
    ...habits,
    distanceKm: rideKm,
    climbM: climbMPerKm * rideKm,
    descentM: climbMPerKm * rideKm,
    levelShares: defaultLevelShares,
    massKg: conditions.massKg,
    temperatureC: conditions.temperatureC,
    airSpeed2: habits.speedMs ** 2,
  }
}

export function routeTrip({ rides, prior, conditions, nowMs }: Rider, route: Route): Trip {
  const habits = habitsOf(rides, prior)
  const sum = (value: (piece: Route['pieces'][number]) => number) =>
    route.pieces.reduce((total, piece) => total + value(piece), 0)
  const wind2 = sum(
    ({ lengthM, headingDeg }) => lengthM * airSpeed2(habits.speedMs, headwindMs(conditions.wind, headingDeg)),
  )
  return {
    ...habits,
    distanceKm: route.lengthM / 1_000,
    climbM: sum(({ riseM }) => riseM),
    descentM: sum(({ fallM }) => fallM),
    levelShares: conditions.levelShares ?? usualLevelShares(rides, nowMs) ?? defaultLevelShares,
    massKg: conditions.massKg,
    temperatureC: conditions.temperatureC,
    airSpeed2: wind2 / route.lengthM,
  }
}

export const airSpeed2 = (speedMs: number, windMs: number) => (speedMs + windMs) * Math.abs(speedMs + windMs)

/** One trip for many, each by its weight. */
export function meanTrip(trips: readonly WeightedTrip[]): Trip {
  const total = trips.reduce((sum, { weight }) => sum + weight, 0)
  const mean = (value: (trip: Trip) => number) =>
    trips.reduce((sum, { trip, weight }) => sum + (weight / total) * value(trip), 0)
  return {
    distanceKm: mean((trip) => trip.distanceKm),
    climbM: mean((trip) => trip.climbM),
    descentM: mean((trip) => trip.descentM),
    levelShares: defaultLevelShares.map((_, level) => mean((trip) => trip.levelShares[level] ?? 0)),
    speedMs: mean((trip) => trip.speedMs),
    stopsPerKm: mean((trip) => trip.stopsPerKm),
    massKg: mean((trip) => trip.massKg),
    temperatureC: mean((trip) => trip.temperatureC),
    airSpeed2: mean((trip) => trip.airSpeed2),
  }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
