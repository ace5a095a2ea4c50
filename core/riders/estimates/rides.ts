// Which rides count, in which order, and what they say of the rider's habits.
import type { AssumedInput, Conditions, Grounds, LevelShares, Prior, TrainingRide } from './port.ts'

/** Older ones are left out. */
const mostRides = 500
/** A ride weighs half as much after this many days where habits are asked for. */
const halfLifeDays = 60
const dayMs = 86_400_000
const shortestM = 1_000
const plausibleSpeedMs = { least: 0.5, most: 20 }
/** Rides of this many km, as the population rides them, stand for the rider before the first one. */
const habitKm = 3
const usual = { level: 3, temperatureC: 15, massKg: 100 }

/** The rides to learn from, each id once, in the order of start and ride id, the newest 500. Under 1 km is too short. */
export function ridesInOrder(rides: readonly TrainingRide[]): TrainingRide[] {
  const sorted = rides.toSorted((a, b) => a.startMs - b.startMs || (a.rideId < b.rideId ? -1 : 1))
  const once = sorted.filter(({ rideId }, i) => rideId !== sorted[i - 1]?.rideId)
  return once.filter(isPlausible).slice(-mostRides)
}

function isPlausible({ distanceM, movingS, elapsedS }: TrainingRide): boolean {
  const speedMs = distanceM / movingS
  return (
    distanceM >= shortestM &&
    elapsedS >= movingS &&
    speedMs >= plausibleSpeedMs.least &&
    speedMs <= plausibleSpeedMs.most
  )
}

export interface Habits {
  readonly speedMs: number
  readonly stopsPerKm: number
}

/** The rider's mean speed and stops, held to the population's by 3 km. */
export function habitsOf(rides: readonly TrainingRide[], { typical }: Pick<Prior, 'typical'>): Habits {
  let km = habitKm
  let movingS = (1_000 * habitKm) / typical.speedMs
  let stops = habitKm * typical.stopsPerKm
  for (const ride of rides) {
    km += ride.distanceM / 1_000
    movingS += ride.movingS
    stops += ride.stops
  }
  return { speedMs: (1_000 * km) / movingS, stopsPerKm: stops / km }
}

/** ½^(age / 60 days), of rides in the future 1. */
export function recency(ride: TrainingRide, nowMs: number): number {
  return 0.5 ** (Math.max(0, nowMs - ride.startMs) / (halfLifeDays * dayMs))
}

export const defaultLevelShares: LevelShares = levelOnly(usual.level)

export function levelOnly(level: number): LevelShares {
  return Array.from({ length: 6 }, (_, i) => (i === level ? 1 : 0))
}

/** The shares of levels over recent rides, by their km. */
export function usualLevelShares(rides: readonly TrainingRide[], nowMs: number): LevelShares | undefined {
  const sums = [0, 0, 0, 0, 0, 0]
  for (const ride of rides) {
    const weight = recency(ride, nowMs) * ride.distanceM
    for (const [level, share] of (ride.levelShares ?? []).entries()) {
      sums[level] = (sums[level] ?? 0) + weight * share
    }
  }
  const total = sums.reduce((sum, value) => sum + value, 0)
  return total > 0 ? sums.map((sum) => sum / total) : undefined
}

export interface KnownConditions {
  /** Undefined: each ride's own. */
  readonly levelShares: LevelShares | undefined
  readonly temperatureC: number
  readonly massKg: number
  /** False where neither the question nor a ride told. */
  readonly massIsKnown: boolean
  readonly wind: Conditions['wind']
  readonly assumed: readonly AssumedInput[]
}

/** What the question leaves open is taken from the last ride that tells it, or is 15 °C, 100 kg and no wind. */
export function knownConditions(asked: Conditions, rides: readonly TrainingRide[]): KnownConditions {
  const last = <K extends 'temperatureC' | 'massKg'>(key: K) =>
    rides.findLast((ride) => ride[key] !== undefined)?.[key]
  const massKg = asked.massKg ?? last('massKg')
  const inputs = ['level', 'wind', 'temperatureC', 'massKg'] as const
  return {
    levelShares: asked.level === undefined ? undefined : levelOnly(asked.level),
    temperatureC: asked.temperatureC ?? last('temperatureC') ?? usual.temperatureC,
    massKg: massKg ?? usual.massKg,
    massIsKnown: massKg !== undefined,
    wind: asked.wind,
    assumed: inputs.filter((key) => asked[key] === undefined),
  }
}

/** Where a ride does not tell: what the regression is told. */
export const massOf = ({ massKg }: TrainingRide) => massKg ?? usual.massKg
export const temperatureOf = ({ temperatureC }: TrainingRide) => temperatureC ?? usual.temperatureC
export const typicalTemperatureC = usual.temperatureC
export const typicalMassKg = usual.massKg

export function groundsOf(ridesUsed: number, { version }: Prior): Grounds {
  return { ridesUsed, basis: ridesUsed === 0 ? 'population' : 'personal', priorVersion: version }
}
