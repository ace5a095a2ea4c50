// Why a range is as it is: level, climb, wind, temperature, and this rider against others.
import { round } from './draws.ts'
import { type EnergyModel, energyFeatures, predictEnergy } from './energy.ts'
import { baseWhPerKm, type Trip } from './physics.ts'
import type { Contributions } from './port.ts'
import { dot } from './regression.ts'
import { levelOnly, typicalMassKg, typicalTemperatureC } from './rides.ts'
import type { Rider } from './trips.ts'

/** Changes one cause after the other, from a typical rider's trip on the flat to `trip`. */
export function contributionsOf(
  { prior, conditions }: Rider,
  { model, trip }: { model: EnergyModel; trip: Trip },
): Contributions {
  const { speedMs, stopsPerKm } = prior.typical
  const start: Trip = {
    distanceKm: trip.distanceKm,
    climbM: 0,
    descentM: 0,
    levelShares: levelOnly(3),
    speedMs,
    stopsPerKm,
    massKg: typicalMassKg,
    temperatureC: typicalTemperatureC,
    airSpeed2: speedMs ** 2,
  }
  const atLevel = { ...start, levelShares: trip.levelShares }
  const climbing = { ...atLevel, climbM: trip.climbM, descentM: trip.descentM }
  const inWind = { ...climbing, airSpeed2: start.airSpeed2 + trip.airSpeed2 - trip.speedMs ** 2 }
  const warm = { ...inWind, temperatureC: trip.temperatureC }
  const typical = (one: Trip) => dot(prior.energy.mean, energyFeatures(one)) + Math.log(baseWhPerKm(one))
  const yours = predictEnergy(model, trip).centre
  const percent = (to: number, from: number) => round(100 * Math.expm1(to - from), 1)
  return {
    baseWhPerKm: round(Math.exp(typical(start)), 2),
    levelPct: percent(typical(atLevel), typical(start)),
    climbPct: percent(typical(climbing), typical(atLevel)),
    windPct: conditions.wind === undefined ? 0 : percent(typical(inWind), typical(climbing)),
    temperaturePct: percent(typical(warm), typical(inWind)),
    youPct: percent(yours, typical(warm)),
  }
}
