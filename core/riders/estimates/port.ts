// Types of range and duration estimates: the rides they learn from, the questions, the population prior and the answers.

/** Shares of the moving time at the levels of assistance 0 (off) to 5, in this order; sum 1. */
export type LevelShares = readonly number[]

/**
 * A closed ride of one rider on one bike, as estimates learn from it. What no recorder reported is undefined.
 * Estimates sort rides by `startMs` and `rideId` and take each id once, so order and repeats change nothing.
 */
export interface TrainingRide {
  readonly rideId: string
  readonly startMs: number
  readonly distanceM: number
  /** Seconds over 2 km/h. */
  readonly movingS: number
  /** Seconds from the first moment to the last. */
  readonly elapsedS: number
  /** How often the speed fell below 3 km/h. */
  readonly stops: number
  readonly ascentM?: number | undefined
  readonly descentM?: number | undefined
  readonly levelShares?: LevelShares | undefined
  /** ∫V·I over the ride, all batteries together. */
  readonly energyWh?: number | undefined
  /** The share of the ride's time of which `energyWh` tells, 0 to 1. */
  readonly energyCoverage: number
  readonly chargeStartPct?: number | undefined
  readonly chargeEndPct?: number | undefined
  readonly temperatureC?: number | undefined
  /** Rider, bike and luggage. */
  readonly massKg?: number | undefined
}

/** One battery of the bike as it is now. */
export interface Battery {
  readonly chargePct?: number | undefined
  /** By its type. */
  readonly nominalWh?: number | undefined
  /** State of health that the battery last reported. */
  readonly healthPct?: number | undefined
}

/** What the rider says of the next ride. What is absent is taken from recent rides, or from the population. */
export interface Conditions {
  /** 1 to 5. */
  readonly level?: number | undefined
  /** Wind at 10 m, and the direction that it comes from. */
  readonly wind?: { readonly speedMs: number; readonly fromDeg: number } | undefined
  readonly temperatureC?: number | undefined
  /** Rider, bike and luggage. */
  readonly massKg?: number | undefined
}

export interface RoutePoint {
  readonly latitudeDeg: number
  readonly longitudeDeg: number
  readonly heightM?: number | undefined
}

/** A step of a route, 20 m long but for the last one. */
export interface RoutePiece {
  readonly lengthM: number
  readonly riseM: number
  readonly fallM: number
  /** Clockwise from north. */
  readonly headingDeg: number
}

export interface Route {
  readonly pieces: readonly RoutePiece[]
  readonly lengthM: number
  /** False where points lack heights: then `riseM` and `fallM` are 0 and the rider's usual climb is taken. */
  readonly hasHeights: boolean
}

/** Why a route is not one. */
export const routeFaults = [
  /** Fewer than two points, or less than 100 m. */
  'route_too_short',
  /** More than 10,000 points. */
  'route_too_many_points',
  /** More than 1,000 km. */
  'route_too_long',
  /** Two neighbours are more than 3 km apart. */
  'route_has_hole',
] as const

export interface RouteFault {
  readonly status: 'route_refused'
  readonly reason: (typeof routeFaults)[number]
  /** Index of the point behind the hole. */
  readonly atPoint?: number | undefined
}

/** What is known of a regression's θ and noise before the first ride: normal-inverse-gamma. */
export interface RegressionPrior {
  readonly mean: readonly number[]
  /** Standard deviations of θ, independent of each other. */
  readonly sd: readonly number[]
  /** Standard deviation of one ride about its rider's own line, in ln. */
  readonly noise: number
  /** How many rides `noise` weighs. */
  readonly degrees: number
  /** By which Student-t quantiles below and above the median are multiplied, so that P10 and P90 hold for the prior's riders. */
  readonly calibration: { readonly below: number; readonly above: number }
}

/** The population: what estimates know of a rider before the first ride. */
export interface Prior {
  readonly version: string
  /** Whose rides it was made of. */
  readonly origin: string
  /** ln(Wh/km) less its physics, see energy.ts. */
  readonly energy: RegressionPrior
  /** ln(moving seconds/km), see duration.ts. */
  readonly moving: RegressionPrior
  /** ln(standing/moving seconds), see duration.ts. */
  readonly standing: RegressionPrior
  readonly typical: {
    readonly speedMs: number
    readonly stopsPerKm: number
    readonly climbMPerKm: number
    readonly rideKm: number
  }
}

/** Nine of ten are above P10, half are above P50, one of ten is above P90. */
export interface Quantiles {
  readonly p10: number
  readonly p50: number
  readonly p90: number
}

/** How answers of both kinds say what they rest on. */
export interface Grounds {
  readonly ridesUsed: number
  /** `population` while no ride of the rider could be used. */
  readonly basis: 'population' | 'personal'
  readonly priorVersion: string
}

export interface RangeQuestion {
  readonly nowMs: number
  readonly rides: readonly TrainingRide[]
  readonly batteries: readonly Battery[]
  /** Share of the capacity that is not to be used, 0 to 90. */
  readonly reservePct: number
  readonly conditions: Conditions
  /** Absent: the rider's usual way. */
  readonly route?: readonly RoutePoint[] | undefined
}

/** Inputs that a range cannot do without. */
export type MissingInput = 'charge' | 'capacity'

/** Inputs that were taken from the rider's rides or the population. */
export type AssumedInput = keyof Conditions | 'heights'

/**
 * How much more (or less, negative) each cause takes, in % of what is taken without it. One after the other they lead from a
 * typical rider at level 3 on the flat, without wind, at 15 °C, to this answer: base × Π(1 + c/100) is the median Wh/km.
 */
export interface Contributions {
  readonly baseWhPerKm: number
  readonly levelPct: number
  readonly climbPct: number
  readonly windPct: number
  readonly temperaturePct: number
  /** This rider, bike and load against the typical one. */
  readonly youPct: number
}

export type RangeAnswer =
  | (Grounds & {
      readonly status: 'estimate'
      readonly rangeKm: Quantiles
      readonly whPerKm: Quantiles
      readonly usableWh: number
      /** Of a route: beyond its end, `rangeKm` goes on at the route's mean. */
      readonly destination?: { readonly distanceKm: number; readonly reachProbability: number }
      readonly contributions: Contributions
      readonly assumed: readonly AssumedInput[]
    })
  | (Grounds & { readonly status: 'not_enough_data'; readonly missing: readonly MissingInput[] })
  | RouteFault

export interface DurationQuestion {
  readonly nowMs: number
  readonly rides: readonly TrainingRide[]
  readonly conditions: Conditions
  readonly route: readonly RoutePoint[]
}

export type DurationAnswer =
  | (Grounds & {
      readonly status: 'estimate'
      readonly distanceKm: number
      readonly movingS: Quantiles
      /** With standing and pauses, which are habit: learnt apart. */
      readonly elapsedS: Quantiles
      readonly assumed: readonly AssumedInput[]
    })
  | RouteFault
