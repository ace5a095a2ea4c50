// What one rider's rides on one bike say of its consumption: y = ln(Wh/km) - ln(physics), by regression.
import { capacityFromRides, energyOf } from './battery.ts'
import { baseWhPerKm, type Trip } from './physics.ts'
import type { LevelShares, Prior, RegressionPrior, TrainingRide } from './port.ts'
import { learn, type Observation, type Posterior, type Prediction, predict } from './regression.ts'
import { defaultLevelShares, massOf, temperatureOf } from './rides.ts'

/** Physically impossible values are none, of rides as of answers. */
export const plausibleWhPerKm = { least: 0.5, most: 60 }
/** With the motor off for more of the way, a ride says nothing of what the motor takes. */
const mostOff = 0.2
/** A whole rider's spread where nobody told the mass. */
const sdWithoutMass = 0.15

/** No ride of the shipped prior climbs more. On steeper ones physics alone adds: a line drawn further would make mountains cheap. */
const steepestMPerKm = 12

/** x of the regression: 1, level, its square, climb, speed, stops, and one for each level 1 to 5. */
export function energyFeatures(trip: Trip): number[] {
  const { level, level2, indicators } = levelFeatures(trip.levelShares)
  const climb = Math.min(steepestMPerKm, trip.climbM / trip.distanceKm) / 10
  return [1, level, level2 / 2, climb, trip.speedMs - 5.5, trip.stopsPerKm - 0.7, ...indicators]
}

/** The means of level - 3 and of its square, and the shares of levels 1 to 5. */
export function levelFeatures(shares: LevelShares) {
  const mean = (value: (level: number) => number) =>
    shares.reduce((sum, share, level) => sum + share * value(level), 0)
  return {
    level: mean((level) => level - 3),
    level2: mean((level) => (level - 3) ** 2),
    indicators: [1, 2, 3, 4, 5].map((level) => shares[level] ?? 0),
  }
}

/** A ride as it was: with its own speed and stops. */
export function tripOf(ride: TrainingRide, { typical }: Pick<Prior, 'typical'>): Trip {
  const distanceKm = ride.distanceM / 1_000
  const speedMs = ride.distanceM / ride.movingS
  const climbM = ride.ascentM ?? typical.climbMPerKm * distanceKm
  return {
    distanceKm,
    climbM,
    descentM: ride.descentM ?? climbM,
    levelShares: ride.levelShares ?? defaultLevelShares,
    speedMs,
    stopsPerKm: ride.stops / distanceKm,
    massKg: massOf(ride),
    temperatureC: temperatureOf(ride),
    airSpeed2: speedMs ** 2,
  }
}

/** The rides whose consumption is known, with it in Wh/km. */
export function labelled(rides: readonly TrainingRide[]): { ride: TrainingRide; whPerKm: number }[] {
  const capacityWh = capacityFromRides(rides)
  return rides.flatMap((ride) => {
    const energyWh = energyOf(ride, capacityWh)
    if (energyWh === undefined || (ride.levelShares?.[0] ?? 0) > mostOff) return []
    const whPerKm = (1_000 * energyWh) / ride.distanceM
    return whPerKm < plausibleWhPerKm.least || whPerKm > plausibleWhPerKm.most ? [] : [{ ride, whPerKm }]
  })
}

export function energyObservations(
  rides: readonly { ride: TrainingRide; whPerKm: number }[],
  prior: Pick<Prior, 'typical'>,
): Observation[] {
  return rides.map(({ ride, whPerKm }) => {
    const trip = tripOf(ride, prior)
    return { x: energyFeatures(trip), y: Math.log(whPerKm) - Math.log(baseWhPerKm(trip)), weight: 1 }
  })
}

export interface EnergyModel {
  readonly posterior: Posterior
  readonly ridesUsed: number
}

/** `rides` in the order of `ridesInOrder`. */
export function learnEnergy(
  rides: readonly TrainingRide[],
  of: { prior: Prior; massIsKnown: boolean },
): EnergyModel {
  const { prior, massIsKnown } = of
  const known = labelled(rides)
  const energy = massIsKnown ? prior.energy : widened(prior.energy)
  return { posterior: learn(energy, energyObservations(known, prior)), ridesUsed: known.length }
}

function widened(prior: RegressionPrior): RegressionPrior {
  const [first = 0, ...rest] = prior.sd
  return { ...prior, sd: [Math.max(first, sdWithoutMass), ...rest] }
}

/** ln(Wh/km) of a trip. */
export function predictEnergy({ posterior }: EnergyModel, trip: Trip): Prediction {
  const prediction = predict(posterior, energyFeatures(trip))
  return { ...prediction, centre: prediction.centre + Math.log(baseWhPerKm(trip)) }
}
