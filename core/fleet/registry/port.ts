// Bikes and their owners, as they are registered by hand. Models and components come by statements.
import type { Ownership, OwnershipChange } from '../../riders/ownership/port.ts'

export interface BikeRegistration {
  readonly bikeId: string
  readonly riderId: string
  readonly producedAt: Date
  /** Since when the rider owns the bike; its production when absent. */
  readonly ownedFrom?: Date | undefined
}

/** What is known of the owners of some bikes. */
export interface KnownOwners {
  readonly ownerships: readonly (Ownership & { readonly bikeId: string })[]
  /** Ids of those bikes about which a staff case is open. */
  readonly contested: readonly string[]
}

export type PlanRegistrations = (
  registrations: readonly BikeRegistration[],
  known: KnownOwners,
) => readonly OwnershipChange[]

/** A bike, and whether somebody owns it now; a list of the fleet names no rider. */
export interface RegisteredBike {
  readonly bikeId: string
  readonly producedAt: Date
  readonly isOwned: boolean
}

/** [fromMs, untilMs) in which a rider owned a bike; `untilMs` is Infinity while he does, `fromMs` -Infinity where no start is known. */
export interface OwnershipWindow {
  readonly fromMs: number
  readonly untilMs: number
  /** Whether the rider owns it at present, by the database's clock. */
  readonly now: boolean
}
