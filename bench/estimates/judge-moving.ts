// Moving time of rides, each predicted from the same rider's rides before it.
import { predictMoving, wayOf } from '../../core/riders/estimates/duration.ts'
import type { Prior, TrainingRide } from '../../core/riders/estimates/port.ts'
import { quantilesOf } from '../../core/riders/estimates/regression.ts'
import type { Judged } from './scores.ts'

const nameplateKmh = 18
/** The rider's mean is held to the mean of all by so many km, the mean per level to the mean of all likewise. */
const heldByKm = 2

export interface RiddenRide {
  readonly rider: string
  readonly ride: TrainingRide
}

/** `rides` in the order of their start; from the `first`-th on (1 is the first) they are judged. */
export function judgeMoving(rides: readonly RiddenRide[], of: { prior: Prior; first: number }): Judged[] {
  return rides.slice(of.first - 1).map(({ rider, ride }, i) => {
    const before = rides.slice(0, of.first - 1 + i)
    const own = before.filter((one) => one.rider === rider).map((one) => one.ride)
    const alike = before.filter((one) => levelOf(one.ride) === levelOf(ride)).map((one) => one.ride)
    const all = secondsPerKm(before.map((one) => one.ride))
    const distanceKm = ride.distanceM / 1_000
    const { p10, p50, p90 } = quantilesOf(predictMoving(own, wayOf(ride, of.prior), of.prior))
    return {
      cluster: `ride ${ride.rideId}`,
      truth: ride.movingS,
      ours: { p10: p10 * distanceKm, p50: p50 * distanceKm, p90: p90 * distanceKm },
      baselines: {
        nameplate: (3_600 / nameplateKmh) * distanceKm,
        runningMean: held(own, all) * distanceKm,
        meanPerLevel: held(alike, all) * distanceKm,
      },
    }
  })
}

function held(rides: readonly TrainingRide[], all: number): number {
  return (seconds(rides) + heldByKm * all) / (km(rides) + heldByKm)
}

const levelOf = ({ levelShares = [] }: TrainingRide) => levelShares.indexOf(1)
const seconds = (rides: readonly TrainingRide[]) => rides.reduce((sum, ride) => sum + ride.movingS, 0)
const km = (rides: readonly TrainingRide[]) => rides.reduce((sum, ride) => sum + ride.distanceM / 1_000, 0)
const secondsPerKm = (rides: readonly TrainingRide[]) => seconds(rides) / km(rides)
