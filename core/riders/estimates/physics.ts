// What a ride takes from the battery by physics alone; the regression learns what is left.
import type { LevelShares } from './port.ts'

/** A ride or a route, with what physics must know of it. */
export interface Trip {
  readonly distanceKm: number
  readonly climbM: number
  readonly descentM: number
  readonly levelShares: LevelShares
  readonly speedMs: number
  readonly stopsPerKm: number
  /** Rider, bike and luggage. */
  readonly massKg: number
  readonly temperatureC: number
  /** The mean of (v + w)·|v + w| along the way, w the headwind at the rider. Without wind v². */
  readonly airSpeed2: number
}

const rollingResistance = 0.008
const dragAreaM2 = 0.6
const gravity = 9.81
/** From the battery to the wheel. */
const efficiency = 0.75
/** What descents give back of their height. */
const recovery = 0.3
/** Brakes take 70 % of the kinetic energy at each stop. */
const lostAtStops = 0.7 / 2
/** 1 N along 1 km. */
const whPerKmOfNewton = 1 / 3.6
/** Which share of the work at the wheel is the motor's, at levels 0 to 5. Set from engineering, for one maker's levels. */
const motorShares = [0, 0.25, 0.42, 0.5, 0.6, 0.7]
const leastWhPerKm = 1

/** Wh/km that the trip takes from the battery. On the flat, level 3, 100 kg, 6 m/s, one stop a km: about 5. */
export function baseWhPerKm(trip: Trip): number {
  const { rolling, drag, climbing, stopping } = resistanceN(trip)
  const motorShare = trip.levelShares.reduce((sum, share, i) => sum + share * (motorShares[i] ?? 0), 0)
  const wheel = (rolling + drag + climbing + stopping) * whPerKmOfNewton
  return Math.max(leastWhPerKm, (wheel * motorShare) / efficiency)
}

/** The mean forces along the trip, in N. */
export function resistanceN(trip: Trip) {
  const { massKg, climbM, descentM, distanceKm } = trip
  const weightN = massKg * gravity
  const net = Math.max(0, climbM - recovery * Math.min(climbM, descentM))
  return {
    rolling: rollingResistance * weightN,
    drag: 0.5 * airDensity(trip.temperatureC) * dragAreaM2 * Math.max(0, trip.airSpeed2),
    climbing: (weightN * net) / (1_000 * distanceKm),
    stopping: (lostAtStops * massKg * trip.speedMs ** 2 * trip.stopsPerKm) / 1_000,
  }
}

/** kg/m³ at sea level: 1.225 at 15 °C. */
function airDensity(temperatureC: number): number {
  return (1.293 * 273.15) / (273.15 + temperatureC)
}

/** Wind is measured 10 m above the ground; a rider sits in half of it. */
const windAtRider = 0.5

/** The wind against a rider who rides in a direction, in m/s; negative from behind. */
export function headwindMs(
  wind: { speedMs: number; fromDeg: number } | undefined,
  headingDeg: number,
): number {
  if (wind === undefined) return 0
  return Math.cos(((headingDeg - wind.fromDeg) * Math.PI) / 180) * wind.speedMs * windAtRider
}
