// The database as the analysis of field errors needs it: how far bikes rode, which faults they had, and cohorts of parts.
import type { Purpose } from '../../riders/consent/port.ts'

/** A fault that was told of, as one that is there or one that has gone. Ids are UUIDs as lower-case text. */
export interface FaultEvent {
  readonly bikeId: string
  readonly recorderId: string
  readonly atMs: number
  readonly riderId: string
  readonly code: number
  /** 0 where the end of a fault is told without it. */
  readonly severity: number
  readonly active: boolean
}

/** What one recorder saw of a bike and its owner on one day. */
export interface BikeDay {
  readonly bikeId: string
  /** `2026-01-31`, UTC. */
  readonly day: string
  readonly riderId: string
  readonly recorderId: string
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** The ways between its readings, in ascending order and apart from each other. */
  readonly odometerCm: readonly OdometerWay[]
}

/** From one reading to a later one of the same counter, in centimetres. */
export interface OdometerWay {
  readonly from: number
  readonly until: number
}

export interface FieldStore {
  /** Adds what is new, in any order and any number of times. Days are one a key, both lists in the order of their keys. */
  note(seen: { readonly faults: readonly FaultEvent[]; readonly days: readonly BikeDay[] }): Promise<void>
}

/** By which fact of their production components are put into groups. */
export const groupings = ['week', 'plant', 'batch', 'hardware', 'firmware'] as const
export type Grouping = (typeof groupings)[number]

export interface FieldErrorQuestion {
  /** Component type: `battery`, `motor`, … */
  readonly type: string
  readonly by: Grouping
  /** Days `[from, until)`, UTC, as `2026-01-31`. */
  readonly from: string
  readonly until: string
}

/** Kilometres of a group's bikes, by the day of each bike's first fault; a bike without faults rode all of them before. */
export interface Way {
  readonly beforeFirstFaultKm: number
  readonly onThatDayKm: number
  readonly afterwardsKm: number
}

/** Who is in a group, so that groups can be put together and nobody be counted twice. */
export interface Members {
  readonly bikeIds: readonly string[]
  readonly affectedBikeIds: readonly string[]
  readonly riderIds: readonly string[]
}

/** Counts of the database about the bikes that carried a component of one group, as far as consents cover. */
export interface GroupFacts {
  readonly group: string
  readonly bikes: number
  readonly riders: number
  /** Bikes with at least one fault. */
  readonly affected: number
  readonly faults: number
  readonly way: Way
  /** Of groups with few bikes or few riders, see `CohortRules`. */
  readonly members: Members | undefined
}

/** A group as it may be shown: the bikes that carried one of its components, and what happened to them meanwhile. */
export interface Cohort {
  /** Undefined for what is left of groups too small to be shown. */
  readonly group: string | undefined
  readonly bikes: number
  readonly km: number
  /** Kilometres up to the day of each bike's first fault, all of them where it had none. */
  readonly kmAtRisk: number
  /** Bikes with at least one fault. */
  readonly affected: number
  readonly faults: number
}

/** The database applies these rules while it counts, since nobody could read all days of a large fleet. */
export interface CohortRules {
  /** Only riders who consent to this now are counted, with the whole days and the faults that their consent covers. */
  readonly purpose: Purpose
  /** A longer way of one day is not counted. */
  readonly longestDayCm: number
  /** Groups with fewer bikes, or fewer riders, come with their members. */
  readonly membersBelow: number
}

export interface CohortReader {
  /** In the order of the groups' names; undefined when there is no such type of component. */
  cohorts(question: FieldErrorQuestion, rules: CohortRules): Promise<readonly GroupFacts[] | undefined>
}
