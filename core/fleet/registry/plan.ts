// Plans which ownerships end and begin when bikes are registered by hand. Pure.
import type { BikeRegistration, KnownOwnership, RegistrationPlan } from './port.ts'

/**
 * A known ownership of the rider stays as it is. Another rider's open ownership ends where the new one begins. Anything else
 * that would give a bike two owners at once is left to the database, which refuses it.
 *
 *     anna owns the bike since May; registered: ben since June → anna's ownership ends in June, ben's begins
 */
export function planRegistrations(
  registrations: readonly BikeRegistration[],
  known: readonly KnownOwnership[],
): RegistrationPlan {
  const byBike = Map.groupBy(known, ({ bikeId }) => bikeId)
  const plans = registrations.map(({ bikeId, riderId, producedAt, ownedFrom = producedAt }) => {
    const fromMs = ownedFrom.getTime()
    const open = (byBike.get(bikeId) ?? []).filter(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)
    const isTheirs = open.some((each) => each.riderId === riderId && each.fromMs <= fromMs)
    const ends = open.filter(
      (each) => each.riderId !== riderId && Number.isFinite(each.fromMs) && each.fromMs < fromMs,
    )
    return {
      ends: ends.map((ended) => ({ ...ended, untilMs: fromMs })),
      begins: isTheirs ? [] : [{ bikeId, riderId, fromMs, untilMs: Number.POSITIVE_INFINITY }],
    }
  })
  return { ends: plans.flatMap(({ ends }) => ends), begins: plans.flatMap(({ begins }) => begins) }
}
