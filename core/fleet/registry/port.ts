// Bikes and their owners, as they are registered by hand. Models and components come by statements.

export interface BikeRegistration {
  readonly bikeId: string
  readonly riderId: string
  readonly producedAt: Date
  /** Since when the rider owns the bike; its production when absent. */
  readonly ownedFrom?: Date | undefined
}

/** [fromMs, untilMs) in which a rider owns a bike; infinite where open. */
export interface KnownOwnership {
  readonly bikeId: string
  readonly riderId: string
  readonly fromMs: number
  readonly untilMs: number
}

/** Ownerships that end, with their new ends, and those that begin. */
export interface RegistrationPlan {
  readonly ends: readonly KnownOwnership[]
  readonly begins: readonly KnownOwnership[]
}

export type PlanRegistrations = (
  registrations: readonly BikeRegistration[],
  known: readonly KnownOwnership[],
) => RegistrationPlan

/** A bike and its present owner; null where nobody owns it. */
export interface RegisteredBike {
  readonly bikeId: string
  readonly producedAt: Date
  readonly riderId: string | null
  readonly ownedFrom: Date | null
}

/** [fromMs, untilMs) in which a rider owned a bike; `untilMs` is Infinity while he does, `fromMs` -Infinity where no start is known. */
export interface OwnershipWindow {
  readonly fromMs: number
  readonly untilMs: number
  /** Whether the rider owns it at present, by the database's clock. */
  readonly now: boolean
}
