// What the analysis of field errors needs of the database: what bikes rode, which faults they had, and cohorts of parts.

/** A fault that appeared. Ids are UUIDs as lower-case text. */
export interface FaultEvent {
  readonly bikeId: string
  readonly recorderId: string
  readonly atMs: number
  readonly riderId: string
  readonly code: number
  readonly severity: number
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
  /** Undefined where no odometer was reported. */
  readonly odometerCm: { readonly min: number; readonly max: number } | undefined
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

/** The bikes that carried a component of one group, and how they fared meanwhile; only what consents cover. */
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

/** A group shows at least so many bikes, and so many riders. */
export const smallestGroup = 5

export interface CohortReader {
  /** Undefined when there is no such type of component. */
  cohorts(question: FieldErrorQuestion): Promise<readonly Cohort[] | undefined>
}
