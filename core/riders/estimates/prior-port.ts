// Versions of the population prior, as they are made, kept and used.
import type { Ride } from '../rides/port.ts'

/** A prior of riders who consent, as it is kept. */
export interface PriorVersion {
  /** Names its content: the same rides give the same version. */
  readonly version: string
  readonly origin: string
  readonly riders: number
  readonly rides: number
  /** By which riders were taken where more consent than a fit takes. */
  readonly seed: string
  /** SHA-256 of `content`, hex. */
  readonly digest: string
  /** JSON of a Prior without version and origin. */
  readonly content: string
}

export interface ListedPrior extends Omit<PriorVersion, 'content' | 'origin'> {
  readonly madeAtMs: number
  readonly isUsed: boolean
}

/** Why somebody chose a version. */
export interface Choice {
  /** `console:{user}`. */
  readonly by: string
  readonly reason: string
}

export interface PriorStore {
  /** Undefined while the shipped one is used. */
  used(): Promise<PriorVersion | undefined>
  /** Keeps it and uses it from now on; a version that is known is only used. */
  add(prior: PriorVersion, choice: Choice): Promise<void>
  /** Uses it from now on; undefined is the shipped one. False where there is no such version. */
  use(version: string | undefined, choice: Choice): Promise<boolean>
  /** The newest first, at most 100. */
  list(): Promise<readonly ListedPrior[]>
}

/** Riders whose rides a prior may be made of. */
export interface ConsentingRiders {
  /** Riders who consent to `product` now: at most `limit`, in an order that follows from `seed` and their ids. */
  ridersWhoConsent(seed: string, limit: number): Promise<readonly string[]>
}

/** A rider, the closed rides that count, and nothing of anybody else. */
export interface RiderRides {
  readonly riderId: string
  readonly rides: readonly Ride[]
}
