// Who may see and command a bike now: its present owner, and service staff.
import type { ApiStores, Caller } from '../port.ts'
import type { Problem } from '../problem.ts'

export interface Access {
  /** Whether what happened then is the caller's to see: what happened before a sale belongs to the former owner. */
  sees(atMs: number): boolean
}

// One answer for what is not there and what belongs to somebody else: ids tell nothing.
export const noBike: Problem<'not_found'> = { reason: 'not_found', detail: 'you own no such bike' }

export async function accessTo(
  bikeId: string,
  caller: Caller,
  stores: Pick<ApiStores, 'ownershipsOf' | 'isRegistered'>,
): Promise<Access | Problem<'not_found'>> {
  if (caller.isService) return (await stores.isRegistered(bikeId)) ? { sees: () => true } : noBike
  const windows = await stores.ownershipsOf(bikeId, caller.riderId)
  if (!windows.some(({ now }) => now)) return noBike
  return { sees: (atMs) => windows.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs) }
}
