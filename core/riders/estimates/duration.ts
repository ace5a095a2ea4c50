// How long a route takes: moving and standing time, each by a regression of its own.
import { quantilesOfDraws, randomOf } from './draws.ts'
import { levelFeatures } from './energy.ts'
import { headwindMs } from './physics.ts'
import type {
  DurationAnswer,
  DurationQuestion,
  LevelShares,
  Prior,
  Quantiles,
  Route,
  TrainingRide,
} from './port.ts'
import { drawOf, learn, type Prediction, predict, quantilesOf } from './regression.ts'
import { defaultLevelShares, groundsOf, knownConditions, ridesInOrder, usualLevelShares } from './rides.ts'
import { layRoute } from './route.ts'

const draws = 2_000
/** Added to standing seconds before the logarithm: a ride without a stop has one, too. */
const standingOffsetS = 30

/** A ride or a route, with what its pace depends on. */
interface Way {
  readonly distanceKm: number
  readonly climbMPerKm: number
  readonly descentMPerKm: number
  readonly headwindMs: number
  readonly levelShares: LevelShares
}

/** x of the regression of ln(moving seconds/km): 1, level, climb, descent, headwind, and one for each level 1 to 5. */
function movingFeatures(way: Way): number[] {
  const { level, indicators } = levelFeatures(way.levelShares)
  return [1, level, way.climbMPerKm, way.descentMPerKm, way.headwindMs, ...indicators]
}

/** Short rides vary more: 4 km counts for 1.2 rides, 1 km for 0.6. */
function weightOf(distanceKm: number): number {
  return 1 / (0.5 + 1.25 / Math.max(distanceKm, 0.3))
}

/** A ride of the past; the platform knows no weather, so without wind. */
export function wayOf(ride: TrainingRide, { typical }: Pick<Prior, 'typical'>): Way {
  const distanceKm = ride.distanceM / 1_000
  const climbMPerKm = ride.ascentM === undefined ? typical.climbMPerKm : ride.ascentM / distanceKm
  return {
    distanceKm,
    climbMPerKm,
    descentMPerKm: ride.descentM === undefined ? climbMPerKm : ride.descentM / distanceKm,
    headwindMs: 0,
    levelShares: ride.levelShares ?? defaultLevelShares,
  }
}

/** ln(moving seconds/km) of a way, from `rides` in the order of `ridesInOrder`. */
export function predictMoving(rides: readonly TrainingRide[], way: Way, prior: Prior): Prediction {
  const observations = rides.map((ride) => ({
    x: movingFeatures(wayOf(ride, prior)),
    y: Math.log((1_000 * ride.movingS) / ride.distanceM),
    weight: weightOf(ride.distanceM / 1_000),
  }))
  return predict(learn(prior.moving, observations), movingFeatures(way), weightOf(way.distanceKm))
}

/** ln of standing seconds over moving seconds: pauses are habit. */
function predictStanding(rides: readonly TrainingRide[], prior: Prior): Prediction {
  const observations = rides.map(({ elapsedS, movingS }) => ({
    x: [1],
    y: Math.log((elapsedS - movingS + standingOffsetS) / movingS),
    weight: 1,
  }))
  return predict(learn(prior.standing, observations), [1])
}

/** P10, P50 and P90 of moving and elapsed seconds along a route. */
export function estimateDuration(question: DurationQuestion, prior: Prior): DurationAnswer {
  const route = layRoute(question.route)
  if ('status' in route) return route
  const rides = ridesInOrder(question.rides)
  const conditions = knownConditions(question.conditions, rides)
  const levelShares = conditions.levelShares ?? usualLevelShares(rides, question.nowMs) ?? defaultLevelShares
  const way = { ...routeWay(route, { conditions: question.conditions, rides, prior }), levelShares }
  const moving = predictMoving(rides, way, prior)
  const { p10, p50, p90 } = quantilesOf(moving)
  const { distanceKm } = way
  const seconds = (sPerKm: number) => Math.round(sPerKm * distanceKm)
  return {
    status: 'estimate',
    distanceKm: Math.round(distanceKm * 100) / 100,
    movingS: { p10: seconds(p10), p50: seconds(p50), p90: seconds(p90) },
    elapsedS: elapsedOf({ moving, rides, prior, distanceKm }),
    assumed: [
      ...conditions.assumed.filter((input) => input === 'level' || input === 'wind'),
      ...(route.hasHeights ? [] : ['heights' as const]),
    ],
    ...groundsOf(rides.length, prior),
  }
}

/** Where a route has no heights it climbs as the rider's rides do, or the population's. */
function routeWay(
  route: Route,
  { conditions, rides, prior }: Pick<DurationQuestion, 'conditions' | 'rides'> & { prior: Prior },
): Omit<Way, 'levelShares'> {
  const distanceKm = route.lengthM / 1_000
  const sum = (value: (piece: Route['pieces'][number]) => number) =>
    route.pieces.reduce((total, piece) => total + value(piece), 0)
  const mean = (key: 'climbMPerKm' | 'descentMPerKm') =>
    rides.reduce((total, ride) => total + wayOf(ride, prior)[key], prior.typical.climbMPerKm) /
    (rides.length + 1)
  return {
    distanceKm,
    climbMPerKm: route.hasHeights ? sum(({ riseM }) => riseM) / distanceKm : mean('climbMPerKm'),
    descentMPerKm: route.hasHeights ? sum(({ fallM }) => fallM) / distanceKm : mean('descentMPerKm'),
    headwindMs:
      sum(({ lengthM, headingDeg }) => lengthM * headwindMs(conditions.wind, headingDeg)) / route.lengthM,
  }
}

function elapsedOf(of: {
  moving: Prediction
  rides: readonly TrainingRide[]
  prior: Prior
  distanceKm: number
}): Quantiles {
  const { moving, rides, prior, distanceKm } = of
  const standing = predictStanding(rides, prior)
  const random = randomOf([prior.version, rides.map(({ rideId }) => rideId)])
  const seconds = Array.from({ length: draws }, () => {
    const movingS = Math.exp(drawOf(moving, random)) * distanceKm
    return movingS + Math.max(0, Math.exp(drawOf(standing, random)) * movingS - standingOffsetS)
  })
  return quantilesOfDraws(seconds, 0)
}
