// Consumption of simulated rides, each predicted from the rider's rides before it.
import { learnEnergy, predictEnergy } from '../../core/riders/estimates/energy.ts'
import { foreseen } from '../../core/riders/estimates/fit-prior.ts'
import type { Prior } from '../../core/riders/estimates/port.ts'
import { quantilesOf } from '../../core/riders/estimates/regression.ts'
import type { JudgedRide, JudgedRider } from './frozen/riders.ts'
import type { Judged } from './scores.ts'

const nameplateWhPerKm = 5
/** The mean per level is held to the running mean by so many km. */
const heldByKm = 5

export interface NumberedRide extends Judged {
  /** 1 for the rider's first ride. */
  readonly number: number
}

export interface JudgeOptions {
  readonly prior: Prior
  readonly means: LevelMeans
  /** Whether the question says the ride's wind, as a forecast would. Rides of the past are learnt without. */
  readonly windIsTold: boolean
}

/** All rides of each rider in their order. */
export function judgeRides(riders: readonly JudgedRider[], of: JudgeOptions): NumberedRide[] {
  return riders.flatMap(({ rides }, rider) =>
    rides.map((ride, i) => ({ ...judge(ride, { ...of, rider, before: rides.slice(0, i) }), number: i + 1 })),
  )
}

/** Five rides on hills, from ten on the flat only. */
export function judgeHills(riders: readonly JudgedRider[], of: JudgeOptions): Judged[] {
  return riders.flatMap(({ toHills }, rider) =>
    toHills.slice(10).map((ride) => judge(ride, { ...of, rider, before: toHills.slice(0, 10) })),
  )
}

/** Wh/km of a population: of each level, and of all. */
export interface LevelMeans {
  readonly byLevel: readonly number[]
  readonly all: number
}

export function levelMeansOf(riders: readonly JudgedRider[]): LevelMeans {
  const rides = riders.flatMap((rider) => rider.rides)
  return {
    all: whPerKmOf(rides),
    byLevel: [0, 1, 2, 3, 4, 5].map((level) => whPerKmOf(rides.filter((ride) => levelOf(ride) === level))),
  }
}

function judge(
  ride: JudgedRide,
  of: JudgeOptions & { rider: number; before: readonly JudgedRide[] },
): Judged {
  const { before, prior, means, windIsTold } = of
  const trip = foreseen(ride, before, prior)
  const { mean, meanSquare } = ride.headwind
  const inWind = { ...trip, airSpeed2: trip.airSpeed2 + 2 * trip.speedMs * mean + meanSquare }
  const model = learnEnergy(before, { prior, massIsKnown: true })
  const runningMean = before.length === 0 ? means.all : whPerKmOf(before)
  const alike = before.filter((one) => levelOf(one) === levelOf(ride))
  return {
    cluster: `rider ${of.rider}`,
    truth: whPerKmOf([ride]),
    ours: quantilesOf(predictEnergy(model, windIsTold ? inWind : trip)),
    baselines: {
      nameplate: nameplateWhPerKm,
      populationPerLevel: means.byLevel[levelOf(ride)] ?? means.all,
      runningMean,
      meanPerLevel: (energyWh(alike) + heldByKm * runningMean) / (km(alike) + heldByKm),
    },
  }
}

const levelOf = ({ levelShares = [] }: JudgedRide) => levelShares.indexOf(1)
const energyWh = (rides: readonly JudgedRide[]) => rides.reduce((sum, ride) => sum + (ride.energyWh ?? 0), 0)
const km = (rides: readonly JudgedRide[]) => rides.reduce((sum, ride) => sum + ride.distanceM / 1_000, 0)
const whPerKmOf = (rides: readonly JudgedRide[]) => energyWh(rides) / km(rides)
