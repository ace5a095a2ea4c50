// Makes a version of the population prior from the rides of riders who consent: the same rides in any order give the same bytes. Pure.
import { createHash } from '../../runtime/digest.ts'
import type { ConsentRange } from '../consent/port.ts'
import { consentedThroughout, consentsNow } from '../consent/rules.ts'
import type { RideNote } from '../rides/notes-port.ts'
import type { Ride } from '../rides/port.ts'
import { wordsOf } from '../rides/words.ts'
import { labelled } from './energy.ts'
import { fitPrior } from './fit-prior.ts'
import type { Prior, TrainingRide } from './port.ts'
import type { PriorVersion, RiderRides } from './prior-port.ts'
import { ridesInOrder } from './rides.ts'
import { trainingRideOf } from './training-ride.ts'

/** Of fewer, a prior would tell of one of them. */
export const leastRiders = 20
/** Rides of a rider on one bike whose consumption is known: of fewer, nothing is learnt of how they vary. */
const leastRides = 3

/** The rides that count: closed, ridden by the rider, who consented all through them and consents now. */
export function ridesThatCount(
  rides: readonly Ride[],
  {
    consents,
    notes,
    nowMs,
  }: { consents: readonly ConsentRange[]; notes: readonly RideNote[]; nowMs: number },
): Ride[] {
  if (!consentsNow(consents)) return []
  return rides.filter(
    (ride) =>
      ride.closesAtMs <= nowMs &&
      consentedThroughout(consents, ride.fromMs, ride.untilMs) &&
      !wordsOf(ride, notes).notMe,
  )
}

export type MadePrior =
  | { readonly outcome: 'made'; readonly prior: PriorVersion }
  /** So many riders have rides enough. */
  | { readonly outcome: 'too_few_riders'; readonly riders: number }

export function makePrior(of: { riders: readonly RiderRides[]; base: Prior; seed: string }): MadePrior {
  const groups = of.riders
    .flatMap(groupsOf)
    .filter(({ rides }) => labelled(ridesInOrder(rides)).length >= leastRides)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const riders = new Set(groups.map(({ riderId }) => riderId)).size
  if (riders < leastRiders) return { outcome: 'too_few_riders', riders }
  const rides = groups.reduce((sum, group) => sum + group.rides.length, 0)
  const fitted = fitPrior({
    riders: groups.map((group) => group.rides),
    base: of.base,
    version: '',
    origin: '',
  })
  const { energy, moving, standing, typical } = fitted
  const content = JSON.stringify({ energy, moving, standing, typical })
  const digest = digestOf(content)
  const origin = `Energy and typical rides: ${rides} rides of ${riders} riders who consent. Moving and standing time: ${of.base.version}.`
  const version = `riders-${digest.slice(0, 12)}`
  return { outcome: 'made', prior: { version, origin, riders, rides, seed: of.seed, digest, content } }
}

/** One for each bike: estimates learn one model a rider and bike. */
function groupsOf({ riderId, rides }: RiderRides) {
  const byBike = Map.groupBy(rides, ({ bikeId }) => bikeId)
  return [...byBike].map(([bikeId, ofBike]) => ({
    riderId,
    key: JSON.stringify([riderId, bikeId]),
    rides: ofBike.flatMap((ride): TrainingRide[] => {
      const one = trainingRideOf(ride)
      return one === undefined ? [] : [one]
    }),
  }))
}

/** Throws where the content is not what was made. */
export function priorOf({ version, origin, digest, content }: PriorVersion): Prior {
  if (digestOf(content) !== digest)
    throw new Error(`prior ${version} is not what was made: its digest differs`)
  return { version, origin, ...(JSON.parse(content) as Omit<Prior, 'version' | 'origin'>) }
}

const digestOf = (content: string) => createHash('sha256').update(content).digest('hex')
