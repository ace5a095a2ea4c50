// Plans which ownerships end and begin when an operator registers bikes by hand. Pure.
import type { OwnershipChange } from '../../riders/ownership/port.ts'
import type { BikeRegistration, KnownOwners } from './port.ts'

/**
 * A known ownership of the rider stays as it is. Another rider's open ownership ends where the new one begins. Anything else
 * that would give a bike two owners at once is left to the database, which refuses it. Throws where a staff case is open.
 *
 *     anna owns the bike since May; registered: ben since June → anna's ownership ends in June, ben's begins
 */
export function planRegistrations(
  registrations: readonly BikeRegistration[],
  { ownerships, contested }: KnownOwners,
  author: string,
): OwnershipChange[] {
  const byBike = Map.groupBy(ownerships, ({ bikeId }) => bikeId)
  return registrations.flatMap(
    ({ bikeId, riderId, producedAt, ownedFrom = producedAt }): OwnershipChange[] => {
      const atMs = ownedFrom.getTime()
      const open = (byBike.get(bikeId) ?? []).filter(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)
      if (open.some((each) => each.riderId === riderId && each.fromMs <= atMs)) return []
      if (contested.includes(bikeId)) throw new Error(`it is disputed whose the bike ${bikeId} is`)
      const former = open.find(
        (each) => each.riderId !== riderId && Number.isFinite(each.fromMs) && each.fromMs < atMs,
      )
      return [{ kind: 'import', bikeId, former, newRiderId: riderId, atMs, author, reason: '' }]
    },
  )
}
