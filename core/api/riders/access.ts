// Who may see and command a bike now: its present owner, staff with a role for it, and whom its owner lets read it.

import type { GrantScope } from '../../riders/grants/port.ts'
import { shareState } from '../../riders/own-data/shared-ride.ts'
import type { GroupReading } from '../../telemetry/latest/port.ts'
import type { ApiStores, Caller } from '../port.ts'
import type { Problem } from '../problem.ts'
import type { Role } from '../roles.ts'

export interface Access {
  /** The caller need not own the bike. */
  readonly asStaff: boolean
  /** Whether what happened then is the caller's to see: what happened before a sale belongs to the former owner. */
  sees(atMs: number): boolean
  /** The rider whose privacy zones hide places from the caller; undefined where all is shown. */
  readonly granter?: string | undefined
}

// One answer for what is not there and what belongs to somebody else: ids tell nothing.
export const noBike: Problem<'not_found'> = { reason: 'not_found', detail: 'you own no such bike' }

/** As well for a bike that is not there. */
export const grantMissing = (scope: GrantScope): Problem<'grant_missing'> => ({
  reason: 'grant_missing',
  detail: `the bike’s rider does not let you read it (scope \`${scope}\`), or no longer does`,
})

export interface Asking {
  readonly caller: Caller
  /** Opens every bike to staff. */
  readonly role: Role
  readonly stores: Pick<ApiStores, 'ownershipsOf' | 'isRegistered'>
}

export async function accessTo(
  bikeId: string,
  { caller, role, stores }: Asking,
): Promise<Access | Problem<'not_found'>> {
  if (caller.roles.has(role)) {
    return (await stores.isRegistered(bikeId)) ? { asStaff: true, sees: () => true } : noBike
  }
  return (await accessOfOwner(caller.subject, bikeId, stores)) ?? noBike
}

/** As `accessTo`, and for a third party as its grant says: of the granter's time as owner. */
export async function accessOrGrantTo(
  bikeId: string,
  asking: Asking & { readonly scope: GrantScope; readonly stores: Pick<ApiStores, 'grants'> },
): Promise<Access | Problem<'not_found' | 'grant_missing'>> {
  const { caller, role, scope, stores } = asking
  if (caller.roles.has(role) || !caller.roles.has('third_party')) return accessTo(bikeId, asking)
  const granter = await stores.grants.granterOf(bikeId, caller.subject, scope)
  const access = granter === undefined ? undefined : await accessOfOwner(granter, bikeId, stores)
  return access === undefined ? grantMissing(scope) : { ...access, granter }
}

/** The latest readings that the caller may see; undefined where the bike is within a privacy zone. */
export async function shownReadings(
  readings: readonly GroupReading[],
  { sees, granter }: Access,
  { privacyZones }: Pick<ApiStores, 'privacyZones'>,
): Promise<readonly GroupReading[] | undefined> {
  const own = readings.filter(({ eventAtMs }) => sees(eventAtMs))
  return granter === undefined ? own : shareState(own, await privacyZones.of(granter))
}

/** Undefined where the bike is not the rider's now. */
export async function accessOfOwner(
  riderId: string,
  bikeId: string,
  stores: Pick<ApiStores, 'ownershipsOf'>,
): Promise<Access | undefined> {
  const windows = await stores.ownershipsOf(bikeId, riderId)
  if (!windows.some(({ now }) => now)) return undefined
  const sees = (atMs: number) => windows.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs)
  return { asStaff: false, sees }
}
