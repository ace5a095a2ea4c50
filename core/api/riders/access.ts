// Who may see and command a bike now: its present owner, and staff with a role for it.
import type { ApiStores, Caller } from '../port.ts'
import type { Problem } from '../problem.ts'
import type { Role } from '../roles.ts'

export interface Access {
  /** The caller need not own the bike. */
  readonly asStaff: boolean
  /** Whether what happened then is the caller's to see: what happened before a sale belongs to the former owner. */
  sees(atMs: number): boolean
}

// One answer for what is not there and what belongs to somebody else: ids tell nothing.
export const noBike: Problem<'not_found'> = { reason: 'not_found', detail: 'you own no such bike' }

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
  const windows = await stores.ownershipsOf(bikeId, caller.subject)
  if (!windows.some(({ now }) => now)) return noBike
  const sees = (atMs: number) => windows.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs)
  return { asStaff: false, sees }
}
