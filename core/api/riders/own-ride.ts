// A ride of the caller by its id, which may be one of earlier.
import type { Context } from 'hono'
import { z } from 'zod'
import { readRideId } from '../../../proto/codec/ride-id.ts'
import type { Ride } from '../../riders/rides/port.ts'
import type { ApiEnv, ApiStores } from '../port.ts'
import { type Problem, problemResponse } from '../problem.ts'

const rideId = z
  .string()
  .refine((id) => readRideId(id) !== undefined, 'no id of a ride')
  .describe('An id of earlier leads to the ride that covers its moment now.')
export const rideParams = z.object({ rideId })

export const moved = { description: 'The ride that covers the moment of this id now is at `Location`.' }

/** In a query: `hidden=true`. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((said) => said === 'true')

const noRide: Problem<'not_found'> = { reason: 'not_found', detail: 'you have no such ride' }

/** The ride of this id, or the answer where there is none or its moment belongs to a ride with another id by now. */
export async function ownRide(c: Context<ApiEnv>, id: string, { rides }: Pick<ApiStores, 'rides'>) {
  const named = readRideId(id)
  const riderId = c.var.caller.subject
  const ride: Ride | undefined =
    named && (await rides.covering({ riderId, bikeId: named.bikeId, atMs: named.fromMs }))
  if (ride === undefined) return { answer: problemResponse(noRide) }
  if (ride.rideId === id) return { ride }
  const { pathname, search } = new URL(c.req.url)
  return { answer: c.redirect(pathname.replace(id, ride.rideId) + search, 308) }
}
