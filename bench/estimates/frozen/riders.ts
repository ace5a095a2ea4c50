// The riders and rides by which energy estimates are judged. Everything follows from a seed; nothing here changes with simulator/.
import type { TrainingRide } from '../../../core/riders/estimates/port.ts'
import { climbOf } from '../../../core/riders/estimates/route.ts'
import type { BatteryState } from './battery.ts'
import { createRandom, type Random } from './random.ts'
import { plainWorld, type Second, simulateRide, type World } from './ride.ts'
import { createRider, type Rider } from './rider.ts'
import { createTerrain, type Terrain } from './terrain.ts'

/** A rider on one bike, and up to forty rides, spread over a year. */
export interface JudgedRider {
  readonly rides: readonly JudgedRide[]
  /** Ten rides on the flat, then five on hills. */
  readonly toHills: readonly JudgedRide[]
}

/** A ride, and the wind against it over its way, of which no bike tells: the means of w and of w², w in m/s at the rider. */
export interface JudgedRide extends TrainingRide {
  readonly headwind: { readonly mean: number; readonly meanSquare: number }
}

/** What a rider meets and how it changes over the rides; the platform is told nothing of it but the temperature. */
export interface Habits {
  world(of: { random: Random; ambientC: number }): World
  /** What the rider gives on the `index`-th ride, as a multiple of the usual power. */
  form(index: number): number
}

/** The simulator of 29 November 2026. */
export const plainHabits: Habits = { world: () => plainWorld, form: () => 1 }

const ridesPerRider = 40
const dayMs = 86_400_000
const firstMs = Date.UTC(2025, 0, 6)
const minutes: Record<Rider['habit'], readonly [number, number]> = {
  tour: [60, 180],
  leisure: [15, 80],
  commuter: [9, 40],
}
const heightStepM = 20

interface Person {
  readonly random: Random
  readonly rider: Rider
  readonly hilliness: number
  readonly rollingResistance: number
  readonly dragAreaM2: number
  readonly habits: Habits
}

/** The `index`-th rider of a seed. `habitsOf` draws from a generator of its own, so plain riders are who they were. */
export function createJudgedRider(of: {
  seed: number
  index: number
  habitsOf: (random: Random) => Habits
}): JudgedRider {
  const random = createRandom(of.seed).fork(`r${of.index}`)
  const rider = createRider(random)
  const person: Person = {
    random,
    rider,
    hilliness: random.next() ** 2 * 1.2,
    rollingResistance: random.between(0.006, 0.012),
    dragAreaM2: random.between(0.45, 0.7),
    habits: of.habitsOf(random.fork('habits')),
  }
  return { rides: ridesOf(person), toHills: toHillsOf(person) }
}

function ridesOf(person: Person): JudgedRide[] {
  const rides: JudgedRide[] = []
  let battery: BatteryState = { charge: 1, temperatureC: 15 }
  for (let index = 0; index < ridesPerRider; index++) {
    const random = person.random.fork(`ride${index}`)
    const hilliness = Math.min(1, person.hilliness * random.between(0.5, 1.5))
    const ridden = rideOnce(person, { random, index, hilliness, battery })
    battery = ridden.battery
    rides.push(ridden.ride)
  }
  return rides.filter(({ distanceM }) => distanceM > 1_000)
}

function toHillsOf(person: Person): JudgedRide[] {
  const battery = { charge: 1, temperatureC: 15 }
  return Array.from({ length: 15 }, (_, index) => {
    const random = person.random.fork(`hills${index}`)
    return rideOnce(person, { random, index, hilliness: index < 10 ? 0.08 : 0.9, battery }).ride
  })
}

function rideOnce(
  { rider, rollingResistance, dragAreaM2, habits }: Person,
  of: { random: Random; index: number; hilliness: number; battery: BatteryState },
): { ride: JudgedRide; battery: BatteryState } {
  const { random, index } = of
  const ambientC = 10 + 10 * Math.sin((2 * Math.PI * index) / ridesPerRider) + 3 * random.normal()
  const step = random.pick([-1, 0, 0, 1])
  const assistLevel = Math.min(5, Math.max(1, rider.assistLevel + step))
  const seconds = Math.round(random.between(...minutes[rider.habit]) * 60)
  const massKg = rider.massKg + (random.chance(0.2) ? 12 : 0)
  const riderPowerW = rider.powerW * Math.exp(0.1 * random.normal()) * habits.form(index)
  const cruiseKmh = rider.cruiseKmh + random.normal()
  const full = rider.habit === 'tour' || of.battery.charge < 0.45
  const terrain = createTerrain(random, of.hilliness)
  const ridden = simulateRide({
    random,
    terrain,
    body: { massKg, rollingResistance, dragAreaM2 },
    seconds,
    assistLevel,
    riderPowerW,
    cruiseKmh,
    ambientC,
    battery: { charge: full ? 1 : of.battery.charge, temperatureC: ambientC },
    world: habits.world({ random: random.fork('world'), ambientC }),
  })
  const startMs = firstMs + Math.round((index * 365) / ridesPerRider) * dayMs
  const chargeStartPct = (full ? 1 : of.battery.charge) * 100
  const chargeEndPct = ridden.battery.charge * 100
  const facts = summary(ridden.seconds, terrain)
  const levelShares = Array.from({ length: 6 }, (_, level) => (level === assistLevel ? 1 : 0))
  const ride: JudgedRide = {
    rideId: String(index).padStart(2, '0'),
    startMs,
    elapsedS: seconds,
    levelShares,
    energyCoverage: 1,
    chargeStartPct,
    chargeEndPct,
    temperatureC: ambientC,
    massKg,
    ...facts,
  }
  return { ride, battery: ridden.battery }
}

function summary(seconds: readonly Second[], terrain: Terrain) {
  const distanceM = seconds.at(-1)?.distanceM ?? 0
  const heightsM = Array.from({ length: Math.floor(distanceM / heightStepM) + 1 }, (_, i) =>
    terrain.altitudeM(i * heightStepM),
  )
  const { riseM, fallM } = climbOf(heightsM)
  const stops = seconds.filter(
    ({ speedMs }, i) => speedMs * 3.6 < 3 && (seconds[i - 1]?.speedMs ?? 0) * 3.6 >= 3,
  ).length
  const overWay = (value: (windMs: number) => number) =>
    seconds.reduce((sum, { headwindMs, speedMs }) => sum + value(headwindMs) * speedMs, 0) / distanceM
  return {
    distanceM,
    headwind: { mean: overWay((windMs) => windMs), meanSquare: overWay((windMs) => windMs ** 2) },
    ascentM: riseM,
    descentM: fallM,
    movingS: seconds.filter(({ speedMs }) => speedMs * 3.6 > 2).length,
    stops,
    energyWh: seconds.reduce((sum, { powerW }) => sum + powerW / 3_600, 0),
  }
}
