// Makes the population's prior of energy from the rides of riders who consent to it.
import { Matrix, solve } from 'ml-matrix'
import { energyObservations, labelled, learnEnergy, predictEnergy, tripOf } from './energy.ts'
import type { Prior, TrainingRide } from './port.ts'
import { dot, type Observation, studentQuantile90 } from './regression.ts'
import { habitsOf, ridesInOrder } from './rides.ts'

const ridge = 0.001
/** Features before the indicators of levels, which begin at 0: the population's mean of a level is in the other ones. */
const pooled = 6
/** How far riders differ in the slopes of level, its square, climb, speed and stops, and at each level. Set from engineering. */
const slopeSds = [0.06, 0.04, 0.1, 0.05, 0.05]
const levelSd = 0.1
/** Riders and rides differ at least so much: a few that are alike prove nothing of others. */
const leastSd = 0.02
/** Few: a rider whose rides vary more than the population's soon gets wider intervals. */
const degrees = 4

/**
 * `riders` holds the rides of one rider and bike each. Moving and standing time stay those of `base`. The means come from a pooled
 * ridge regression, the spreads from its residuals, the calibration from predicting each ride by those before it.
 */
export function fitPrior(of: {
  riders: readonly (readonly TrainingRide[])[]
  base: Prior
  version: string
  origin: string
}): Prior {
  const riders = of.riders.map(ridesInOrder)
  const prior = { ...of.base, version: of.version, origin: of.origin, typical: typicalOf(riders, of.base) }
  const observations = riders.map((rides) => energyObservations(labelled(rides), prior))
  const mean = [...pooledRidge(observations.flat()), 0, 0, 0, 0, 0]
  const energy = { mean, ...spreadsOf(observations, mean), degrees, calibration: { below: 1, above: 1 } }
  const calibration = calibrationOf(riders, { ...prior, energy })
  return { ...prior, energy: { ...energy, calibration } }
}

/** The climb is that of `base` where no ride has heights. */
function typicalOf(
  riders: readonly (readonly TrainingRide[])[],
  base: Pick<Prior, 'typical'>,
): Prior['typical'] {
  const rides = riders.flat()
  const sum = (value: (ride: TrainingRide) => number) => rides.reduce((total, ride) => total + value(ride), 0)
  const distanceM = sum((ride) => ride.distanceM)
  const withHeights = rides.filter(({ ascentM }) => ascentM !== undefined)
  const climbM = withHeights.reduce((total, { ascentM = 0 }) => total + ascentM, 0)
  const heightsM = withHeights.reduce((total, ride) => total + ride.distanceM, 0)
  return {
    speedMs: distanceM / sum(({ movingS }) => movingS),
    stopsPerKm: (1_000 * sum(({ stops }) => stops)) / distanceM,
    climbMPerKm: heightsM === 0 ? base.typical.climbMPerKm : (1_000 * climbM) / heightsM,
    rideKm: distanceM / 1_000 / rides.length,
  }
}

function pooledRidge(observations: readonly Observation[]): number[] {
  const x = new Matrix(observations.map((one) => one.x.slice(0, pooled)))
  const y = Matrix.columnVector(observations.map((one) => one.y))
  const squares = x.transpose().mmul(x).add(Matrix.eye(pooled).mul(ridge))
  return solve(squares, x.transpose().mmul(y)).to1DArray()
}

/** How far riders lie from the mean, and rides from their rider and level. */
function spreadsOf(riders: readonly (readonly Observation[])[], mean: readonly number[]) {
  const ofRider: number[] = []
  const ofRide: number[] = []
  for (const observations of riders) {
    const residuals = observations.map(({ x, y }) => ({ x, value: y - dot(mean, x) }))
    ofRider.push(meanOf(residuals.map(({ value }) => value)))
    const levels = Map.groupBy(residuals, ({ x }) => x.slice(pooled).indexOf(Math.max(...x.slice(pooled))))
    for (const group of levels.values()) {
      const level = meanOf(group.map(({ value }) => value))
      ofRide.push(...group.map(({ value }) => value - level))
    }
  }
  const sd = [Math.max(leastSd, deviation(ofRider)), ...slopeSds, ...Array<number>(5).fill(levelSd)]
  return { sd, noise: Math.max(leastSd, deviation(ofRide)) }
}

/** Student-t quantiles times these hold one of ten rides below and one above, from each rider's second ride on. */
function calibrationOf(riders: readonly (readonly TrainingRide[])[], prior: Prior) {
  const errors = riders.flatMap((rides) =>
    labelled(rides)
      .slice(1)
      .map(({ ride, whPerKm }) => {
        const before = rides.slice(0, rides.indexOf(ride))
        const model = learnEnergy(before, { prior, massIsKnown: true })
        const { centre, scale, degrees } = predictEnergy(model, foreseen(ride, before, prior))
        return (Math.log(whPerKm) - centre) / (scale * studentQuantile90(degrees))
      }),
  )
  const ascending = errors.sort((a, b) => a - b)
  const at = (share: number) => ascending[Math.floor(share * ascending.length)] ?? 1
  return { below: -at(0.1), above: at(0.9) }
}

/** A ride as one knows it before it: with the rider's usual speed and stops. */
export function foreseen(ride: TrainingRide, before: readonly TrainingRide[], prior: Prior) {
  const habits = habitsOf(before, prior)
  return { ...tripOf(ride, prior), ...habits, airSpeed2: habits.speedMs ** 2 }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function deviation(values: readonly number[]): number {
  const middle = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - middle) ** 2)))
}
