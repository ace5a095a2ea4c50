// Adds rides up by day, week, month or year of a time zone. Pure.
import { DateTime } from 'luxon'
import type { Ride } from './port.ts'

export const periods = ['day', 'week', 'month', 'year'] as const
export type Period = (typeof periods)[number]

export interface Total {
  /** The first day of the period there: `2026-03-29`. Weeks begin on Monday. */
  readonly from: string
  readonly rides: number
  readonly movingS: number
  readonly distanceM: number
  readonly ascentM: number
  /** Of the rides whose energy is known for nine tenths of their time or more. */
  readonly energyWh: number
  /** The way of those rides. */
  readonly energyDistanceM: number
}

const wellKnown = 0.9

/**
 * One total for each period in which a ride began, oldest first; a ride counts where it began. `zone` is an IANA name; a day there
 * may have 23 or 25 hours.
 *
 * A ride from 23:50 to 00:20 on 28 March 2026 in Europe/Berlin → `[{ from: '2026-03-28', rides: 1, … }]` by day.
 */
export function totalsOf(rides: readonly Ride[], { by, zone }: { by: Period; zone: string }): Total[] {
  const periodOf = ({ fromMs }: Ride) => DateTime.fromMillis(fromMs, { zone }).startOf(by).toISODate() ?? ''
  const groups = Map.groupBy(rides, periodOf)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, group]) => ({ from, rides: group.length, ...sums(group) }))
}

function sums(rides: readonly Ride[]) {
  const sum = (value: (ride: Ride) => number | undefined) =>
    rides.reduce((total, ride) => total + (value(ride) ?? 0), 0)
  const known = (ride: Ride) => ride.summary.energyCoverage >= wellKnown
  return {
    movingS: sum(({ summary }) => summary.movingS),
    distanceM: sum(({ summary }) => summary.distanceM),
    ascentM: sum(({ summary }) => summary.ascentM),
    energyWh: sum((ride) => (known(ride) ? ride.summary.energyWh : 0)),
    energyDistanceM: sum((ride) => (known(ride) ? ride.summary.distanceM : 0)),
  }
}

/** Whether the platform knows a time zone of this name. */
export const isZone = (zone: string): boolean => DateTime.local({ zone }).isValid
