// Rides, as the rule that finds them, the store and its readers see them. Times are Unix milliseconds, ids UUIDs as lower-case text.
import type { FieldKey } from '../../../proto/index.ts'
import type { Ownership } from '../ownership/port.ts'

/** What ended a ride; the rule is published in docs/riders.md. */
export const rideEnds = [
  /** Nothing moved for ten minutes, or nothing was recorded. */
  'rest',
  'charging',
  /** Its recorder began another recording. */
  'recording',
  /** The bike became another rider's. */
  'rider',
  /** It would have lasted longer than a day. */
  'day',
] as const
export type RideEnd = (typeof rideEnds)[number]

/** [fromMs, untilMs]. */
export interface TimeSpan {
  readonly fromMs: number
  readonly untilMs: number
}

export interface Spread {
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** What the samples of a ride say in sum. What none of them tells is absent. */
export interface RideSummary {
  /** Moving, standing and unrecorded time add up to the time from the ride's first moment to its last one. */
  readonly movingS: number
  readonly standingS: number
  readonly unrecordedS: number
  /** How often the bike stood still for more than 10 s. */
  readonly pauses: number
  /** How often it fell below 3 km/h. */
  readonly stops: number
  /** Silences of more than 10 s, in the order of time; of more than 100 the longest. */
  readonly gaps: readonly TimeSpan[]
  /** The sum of what odometers went on, whichever recorder read them; of the speed over time where there is no odometer. */
  readonly distanceM?: number
  readonly distanceFrom?: 'odometer' | 'speed'
  readonly ascentM?: number
  readonly descentM?: number
  /** Over moving time. */
  readonly averageKmh?: number
  readonly maxKmh?: number
  /** Out of the battery, less what came back. */
  readonly energyWh?: number
  /** The share of the ride's time of which `energyWh` tells, 0 to 1. */
  readonly energyCoverage: number
  /** Where the coverage is 0.9 or more and the ride is longer than 100 m. */
  readonly whPerKm?: number
  /** Shares of the moving time whose level is known, in the order of levels; they add up to 1. */
  readonly assistShares: readonly { readonly level: number; readonly share: number }[]
  readonly riderWorkWh?: number
  readonly ambientC?: Spread
  readonly batteryC?: Spread
  readonly chargeStartPct?: number
  readonly chargeEndPct?: number
  /** By which rules the clocks of its samples were corrected: `none`, `monotonic`, `sent_at`. */
  readonly clockRules: readonly string[]
  readonly recorderIds: readonly string[]
  readonly samples: number
}

export interface Ride {
  /** Encodes the bike and the first moment (ride-id.ts). */
  readonly rideId: string
  readonly bikeId: string
  /** Who owned the bike then. */
  readonly riderId: string
  /** The first moment in which the bike moved. */
  readonly fromMs: number
  /** The last one. */
  readonly untilMs: number
  /** Open before this time: what comes until then may go on with the ride. */
  readonly closesAtMs: number
  readonly end: RideEnd
  readonly summary: RideSummary
}

/** The rides of a rider, newest first. */
export interface RideQuery {
  readonly riderId: string
  readonly bikeId?: string | undefined
  /** Rides that began at this time or later. */
  readonly fromMs?: number | undefined
  /** Rides that began before this time. */
  readonly untilMs?: number | undefined
  /** Continues behind this ride of the page before. */
  readonly after?: Pick<Ride, 'rideId' | 'fromMs'> | undefined
  readonly limit: number
}

export interface RideReader {
  ridesOf(query: RideQuery): Promise<readonly Ride[]>
  /** The rider's ride that covers the moment, of several the earliest: where the ride of an old id is found now. */
  covering(of: { riderId: string; bikeId: string; atMs: number }): Promise<Ride | undefined>
}

/** A stored sample as the rule reads it, in human units. */
export interface RideSample {
  readonly timeMs: number
  readonly recorderId: string
  readonly kind: 'ride' | 'battery'
  readonly trackId: string
  readonly recordingId: number | undefined
  readonly clockRule: string
  readonly values: Partial<Record<FieldKey<'ride' | 'battery'>, number>>
}

/** What is known of a bike beside its samples. */
export interface RideBike {
  readonly bikeId: string
  /** Who owned it when, oldest first. */
  readonly owners: readonly Ownership[]
  /** The recorders that are modules of the bike. */
  readonly moduleIds: readonly string[]
}
