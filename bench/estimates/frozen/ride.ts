// Frozen copy of simulator/ride.ts of 29 November 2026, reduced to motion and energy. Wind, stops and cold are inputs.
import { type BatteryState, discharge } from './battery.ts'
import { type Air, assistPowerW, type BikeBody, nextSpeedMs } from './motion.ts'
import type { Random } from './random.ts'
import type { Terrain } from './terrain.ts'

/** What the simulator of 29 November 2026 did not know, and what it took instead. */
export interface World {
  air(headingRad: number): Air
  /** Chance of a red light in each second, 40 s after the last one. */
  readonly lightChance: number
  readonly coldOhmPerK: number
}

const stillAir: Air = { densityKgM3: 1.2, headwindMs: 0 }
export const plainWorld: World = { air: () => stillAir, lightChance: 1 / 150, coldOhmPerK: 0 }

export interface RidePlan {
  readonly random: Random
  readonly terrain: Terrain
  readonly body: BikeBody
  readonly seconds: number
  readonly assistLevel: number
  /** What the rider gives on the flat. */
  readonly riderPowerW: number
  readonly cruiseKmh: number
  readonly ambientC: number
  readonly battery: BatteryState
  readonly world: World
}

/** One second of the ride, as sensors would tell it at its end. */
export interface Second {
  readonly speedMs: number
  readonly distanceM: number
  readonly headingRad: number
  readonly powerW: number
  readonly headwindMs: number
}

const stepsPerSecond = 5
const motorEfficiency = 0.8
const electronicsW = 4

interface Moment {
  speedMs: number
  distanceM: number
  headingRad: number
  /** Until when the rider waits at a light. */
  waitsUntilS: number
}

/** Every second of the ride, and the battery after it. */
export function simulateRide(plan: RidePlan): { seconds: readonly Second[]; battery: BatteryState } {
  const now: Moment = {
    speedMs: 0,
    distanceM: 0,
    headingRad: plan.random.between(0, 2 * Math.PI),
    waitsUntilS: 0,
  }
  let battery = plan.battery
  const seconds: Second[] = []
  for (let second = 0; second < plan.seconds; second++) {
    const { headwindMs } = plan.world.air(now.headingRad)
    const motorPowerW = rideOneSecond(now, plan, second)
    const { state, reading } = discharge(battery, {
      powerW: motorPowerW / motorEfficiency + electronicsW,
      seconds: 1,
      ambientC: plan.ambientC,
      coldOhmPerK: plan.world.coldOhmPerK,
    })
    battery = state
    const { speedMs, distanceM, headingRad } = now
    seconds.push({ speedMs, distanceM, headingRad, powerW: reading.voltageV * reading.currentA, headwindMs })
  }
  return { seconds, battery }
}

/** Moves `now` on by a second and returns the mean power of the motor in it. */
function rideOneSecond(now: Moment, plan: RidePlan, second: number): number {
  const { random, terrain, body, world } = plan
  if (second > now.waitsUntilS + 40 && random.chance(world.lightChance))
    now.waitsUntilS = second + random.integer(8, 40)
  // The receiver's blind seconds; drawn so that all that follows is as it was.
  if (random.chance(1 / 900)) random.integer(5, 45)
  const waiting = second < now.waitsUntilS
  const targetMs = waiting ? 0 : plan.cruiseKmh / 3.6
  const freshW = plan.riderPowerW * (1 + 0.08 * random.normal())
  const air = world.air(now.headingRad)
  let motorJ = 0
  for (let step = 0; step < stepsPerSecond; step++) {
    const slope = terrain.slope(now.distanceM)
    const eagerness = Math.min(1.8, Math.max(0, (targetMs - now.speedMs) * 0.6 + 0.6 + 12 * slope))
    const riderPowerW = waiting ? 0 : Math.min(600, Math.max(0, freshW * eagerness))
    const motorPowerW = assistPowerW({ level: plan.assistLevel, riderPowerW, speedMs: now.speedMs })
    const tooFastMs = now.speedMs - (waiting ? 0 : Math.max(targetMs * 1.35, 5))
    const brakePowerW = tooFastMs > 0 ? body.massKg * now.speedMs * Math.min(2.5, 0.4 + tooFastMs) : 0
    const effort = { riderPowerW, motorPowerW, brakePowerW }
    now.speedMs = nextSpeedMs(now.speedMs, { body, effort, air, slope, seconds: 1 / stepsPerSecond })
    now.distanceM += now.speedMs / stepsPerSecond
    motorJ += motorPowerW / stepsPerSecond
  }
  now.headingRad += 0.03 * random.normal() * Math.min(1, now.speedMs)
  return motorJ
}
