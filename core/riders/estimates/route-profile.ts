// Where along a route its energy is spent.
import { headwindMs, resistanceN } from './physics.ts'
import type { Route } from './port.ts'
import { airSpeed2, type Rider, routeTrip } from './trips.ts'

/** From the share of the route's energy to the share of its length, beyond 1 in proportion. */
export function profileOf(rider: Rider, route: Route): (spent: number) => number {
  const trip = routeTrip(rider, route)
  const shares = [0]
  for (const piece of route.pieces) {
    const wind = headwindMs(rider.conditions.wind, piece.headingDeg)
    const here = {
      ...trip,
      distanceKm: piece.lengthM / 1_000,
      climbM: piece.riseM,
      descentM: piece.fallM,
      airSpeed2: airSpeed2(trip.speedMs, wind),
    }
    const { rolling, drag, climbing, stopping } = resistanceN(here)
    shares.push((shares.at(-1) as number) + piece.lengthM * (rolling + drag + climbing + stopping))
  }
  const total = shares.at(-1) as number
  return (spent) => {
    if (spent >= 1) return spent
    let low = 0
    let high = shares.length - 1
    while (low + 1 < high) {
      const middle = (low + high) >> 1
      if ((shares[middle] as number) <= spent * total) low = middle
      else high = middle
    }
    const fromN = shares[low] as number
    const part = (spent * total - fromN) / ((shares[high] as number) - fromN)
    return (low * 20 + part * (route.pieces[low]?.lengthM ?? 0)) / route.lengthM
  }
}
