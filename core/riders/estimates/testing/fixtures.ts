// Rides that tests estimate from.
import { rideIdOf } from '../../../../proto/codec/ride-id.ts'
import type { Ride, RideSummary } from '../../rides/port.ts'
import { randomOf } from '../draws.ts'
import type { RoutePoint, TrainingRide } from '../port.ts'

export const dayMs = 86_400_000
export const nowMs = Date.UTC(2026, 5, 1)

/** 8 km in 24 minutes at level 3, 40 Wh. */
export function makeRide(of: Partial<TrainingRide> = {}): TrainingRide {
  return {
    rideId: 'ride',
    startMs: nowMs - dayMs,
    distanceM: 8_000,
    movingS: 1_440,
    elapsedS: 1_600,
    stops: 7,
    ascentM: 24,
    descentM: 24,
    levelShares: [0, 0, 0, 1, 0, 0],
    energyWh: 40,
    energyCoverage: 1,
    chargeStartPct: 90,
    chargeEndPct: 82,
    temperatureC: 15,
    massKg: 100,
    ...of,
  }
}

/** Rides that differ in all that a regression looks at, one a day, the last one yesterday. */
export function makeRides(count: number, seed = 1): TrainingRide[] {
  const random = randomOf(seed)
  const between = (least: number, most: number) => least + (most - least) * random.next()
  return Array.from({ length: count }, (_, i) => {
    const distanceM = between(2_000, 15_000)
    const movingS = distanceM / between(4.5, 7)
    const level = 1 + Math.floor(between(0, 5))
    const ascentM = (distanceM / 1_000) * between(0, 15)
    return makeRide({
      rideId: `ride-${i}`,
      startMs: nowMs - (count - i) * dayMs,
      distanceM,
      movingS,
      elapsedS: movingS * between(1.02, 1.3),
      stops: Math.floor((distanceM / 1_000) * between(0.3, 1.5)),
      ascentM,
      descentM: ascentM,
      levelShares: Array.from({ length: 6 }, (_, one) => (one === level ? 1 : 0)),
      energyWh: (distanceM / 1_000) * (2 + 0.8 * level) * between(0.85, 1.15),
      temperatureC: between(0, 25),
    })
  })
}

/** A straight way to the north, a point each `stepM`, of which `heightM` says the height. */
export function northward(lengthM: number, heightM?: (alongM: number) => number, stepM = 100): RoutePoint[] {
  const metresPerDegree = (Math.PI * 6_371_000) / 180
  return Array.from({ length: Math.round(lengthM / stepM) + 1 }, (_, i) => ({
    latitudeDeg: 53 + (i * stepM) / metresPerDegree,
    longitudeDeg: -6,
    ...(heightM && { heightM: heightM(i * stepM) }),
  }))
}

/** Eight of `makeRides`, in the form in which a rider's rides on one bike are kept. */
export function keptRides(riderId: string, seed: number): Ride[] {
  const bikeId = `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`
  return makeRides(8, seed).map((one) => {
    const { distanceM, movingS, elapsedS, stops, ascentM = 0, energyWh = 0, levelShares = [] } = one
    const summary: RideSummary = {
      ...{ movingS, standingS: elapsedS - movingS, unrecordedS: 0, pauses: 0, stops, gaps: [] },
      ...{ distanceM, distanceFrom: 'odometer', ascentM, descentM: ascentM, energyWh, energyCoverage: 1 },
      assistShares: levelShares.flatMap((share, level) => (share > 0 ? [{ level, share }] : [])),
      ...{ clockRules: ['none'], recorderIds: [], recordings: [], samples: 100 },
    }
    const fromMs = one.startMs
    const untilMs = fromMs + Math.round(elapsedS) * 1_000
    const times = { fromMs, untilMs, closesAtMs: untilMs + 600_000 }
    return { rideId: rideIdOf({ bikeId, fromMs }), bikeId, riderId, ...times, end: 'rest', summary }
  })
}
