// A ride's id: the bike's, and the ride's first moment. It stays what it is as long as the ride begins there.
import { isUuid } from './ids.ts'

interface RideIdentity {
  /** UUID as lower-case text. */
  readonly bikeId: string
  /** Unix milliseconds. */
  readonly fromMs: number
}

/** `{ bikeId: '5b0c6a1e-…-00000000000b', fromMs: 1_764_489_600_000 }` → `5b0c6a1e-…-00000000000b-019ad3c69c00`. */
export function rideIdOf({ bikeId, fromMs }: RideIdentity): string {
  return `${bikeId}-${fromMs.toString(16).padStart(12, '0')}`
}

/** The bike and the moment that an id names; undefined where it is none. */
export function readRideId(rideId: string): RideIdentity | undefined {
  const [, bikeId = '', moment = ''] = /^(.{36})-([0-9a-f]{12})$/.exec(rideId) ?? []
  if (!isUuid(bikeId) || bikeId !== bikeId.toLowerCase()) return undefined
  return { bikeId, fromMs: Number.parseInt(moment, 16) }
}
