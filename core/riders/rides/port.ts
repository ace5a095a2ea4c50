// Rides, as the rule that finds them, the store and its readers see them. Times are Unix milliseconds, ids UUIDs as lower-case text.
import type { FieldKey } from '../../../proto/index.ts'
import type { Waiting } from '../../runtime/publication.ts'
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
  /** The last recording that each recorder told of. */
  readonly recordings: readonly Recording[]
  readonly samples: number
}

export interface Ride {
  /** Encodes the bike and the first moment (proto/codec/ride-id.ts). */
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
interface RideQuery {
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

/** The metrics from which rides are found; positions are none of them. */
export const rideMetrics = [
  ...([
    'speed_kmh',
    'odometer_m',
    'altitude_m',
    'rider_power_w',
    'ambient_temperature_c',
    'assist_level',
  ] as const),
  ...(['state_of_charge_pct', 'voltage_v', 'current_a', 'battery_temperature_c'] as const),
] satisfies readonly FieldKey[]
export type RideMetric = (typeof rideMetrics)[number]

/** A stored sample as the rule reads it, in human units. */
export interface RideSample {
  readonly timeMs: number
  readonly recorderId: string
  readonly kind: 'ride' | 'battery'
  readonly trackId: string
  readonly recordingId: number | undefined
  readonly clockRule: string
  readonly values: Partial<Record<RideMetric, number>>
}

/** What is known of a bike beside its samples. */
export interface RideBike {
  readonly bikeId: string
  /** Who owned it when, oldest first. */
  readonly owners: readonly Ownership[]
  /** The recorders that are modules of the bike. */
  readonly moduleIds: readonly string[]
}

/** Samples of a bike were stored, erased or became another rider's: its rides there are to be found again. */
export interface RideMark {
  readonly bikeId: string
  /** The track whose samples were stored; where none was, any id of its own. */
  readonly markId: string
  readonly fromMs: number
  readonly untilMs: number
  /** So many samples of the track are stored; 0 where it is no track. */
  readonly samples: number
  /** The last time at which the bike may have moved; undefined where it rested. */
  readonly movedAtMs: number | undefined
  /** The last time at which current flowed into the battery. */
  readonly chargedAtMs: number | undefined
  readonly recording: Recording | undefined
}

interface Recording {
  readonly recorderId: string
  readonly recordingId: number
}

/** A bike whose marks are due, with the oldest of them. */
export interface BikeAtWork extends RideBike {
  /** Changes with every replacement of its rides. */
  readonly revision: string
  /** When its samples were read last; -Infinity where they never were. */
  readonly readAtMs: number
  readonly marks: readonly (RideMark & { readonly markedAtMs: number })[]
}

export interface Replacement {
  readonly bikeId: string
  /** `BikeAtWork.revision`. */
  readonly revision: string
  /** All rides that touch it are replaced by `rides`; undefined where all stay. */
  readonly window: TimeSpan | undefined
  readonly rides: readonly Ride[]
  readonly settled: readonly RideMark[]
  /** Marks of which only the time from `fromMs` on is left. */
  readonly shortened: readonly (RideMark & { readonly leftFromMs: number })[]
  /** When to look at what is left. */
  readonly againAtMs: number
}

export interface RideStore {
  /** Marks are due a second later. The same mark again changes nothing. Whoever erases samples marks them when they are searchable no more. */
  mark(marks: readonly RideMark[]): Promise<void>
  /** Bikes whose marks are due, the longest waiting first; nobody else gets them for `leaseMs`. */
  take(limits: { bikes: number; marks: number; leaseMs: number }): Promise<readonly BikeAtWork[]>
  /** In the order of time. */
  ridesBetween(bikeId: string, window: TimeSpan): Promise<readonly Ride[]>
  /** In one transaction. False where another one was faster: nothing was changed then. */
  replace(replacement: Replacement): Promise<boolean>
  /** Bikes whose marks are due. */
  backlog(): Promise<Waiting>
}

/** [fromMs, untilMs) of a bike. */
export interface SampleWindow extends TimeSpan {
  readonly bikeId: string
}

export interface RideSamples {
  /** In the order of time, page by page. */
  read(window: SampleWindow): AsyncIterable<readonly RideSample[]>
  /** How many samples of these tracks are searchable. */
  count(window: SampleWindow, trackIds: readonly string[]): Promise<number>
  /** The time of the first sample; undefined where there is none. */
  first(window: SampleWindow): Promise<number | undefined>
}
