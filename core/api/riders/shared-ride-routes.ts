// Rides of a bike for a third party, by a grant of its rider: of each what lies outside of the rider's privacy zones.
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { rideIdOf } from '../../../proto/codec/ride-id.ts'
import type { RidesGrant } from '../../riders/grants/port.ts'
import { type SharedRide, shareRide } from '../../riders/own-data/shared-ride.ts'
import { readSharedRideId, sharedRideId } from '../../riders/own-data/shared-ride-id.ts'
import type { Ride } from '../../riders/rides/port.ts'
import type { ApiEnv, ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, json } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes } from '../routes.ts'
import { grantMissing } from './access.ts'
import { moved } from './own-ride.ts'
import { readStreams, withWords } from './read-rides.ts'
import { sharedRideAnswer, sharedRideBody, sharedRidePage, streamsBody } from './ride-answers.ts'
import { aboutStreams, chosenStreams, fileAnswer, files, format, streamsQuery } from './ride-file-routes.ts'

const forThirdParties = forRole('third_party', {
  noPerson: 'read by a rider’s grant, which no member of staff has',
})

const sharedRide = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'no id of a ride')
  .describe('As `listSharedRides` gives it.')
const params = idParams.extend({ rideId: sharedRide })

const listSharedRides = createRoute({
  method: 'get',
  path: '/v1/third-parties/me/bikes/{id}/rides',
  operationId: 'listSharedRides',
  ...forThirdParties,
  summary: 'The rides of a bike that its rider lets the caller read, newest first',
  description:
    'Those that began since the grant’s `ridesFrom`, and of each what lies outside of the rider’s privacy zones: times and sums are of that alone. A ride that goes on grows. Rides that the rider hid, or somebody else rode, are left out.',
  request: {
    params: idParams,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(20).default(10).describe('How many a page.'),
      cursor: sharedRide.optional().describe('`next` of the page before.'),
    }),
  },
  responses: {
    200: { description: 'A page may have fewer rides than its limit.', ...json(sharedRidePage) },
    ...refusals('grant_missing'),
  },
})

const readSharedRide = createRoute({
  method: 'get',
  path: '/v1/third-parties/me/bikes/{id}/rides/{rideId}',
  operationId: 'readSharedRide',
  ...forThirdParties,
  summary: 'A ride, as far as it is shown',
  request: { params },
  responses: {
    200: { description: 'With the summary of what is shown.', ...json(sharedRideBody) },
    308: moved,
    ...refusals('grant_missing', 'not_found'),
  },
})

const readSharedStreams = createRoute({
  method: 'get',
  path: '/v1/third-parties/me/bikes/{id}/rides/{rideId}/streams',
  operationId: 'readSharedStreams',
  ...forThirdParties,
  summary: 'A ride as arrays of equal length, as far as it is shown',
  description: aboutStreams,
  request: { params, query: streamsQuery },
  responses: {
    200: { description: 'Times and columns.', ...json(streamsBody) },
    308: moved,
    ...refusals('grant_missing', 'not_found'),
  },
})

const readSharedFile = createRoute({
  method: 'get',
  path: '/v1/third-parties/me/bikes/{id}/rides/{rideId}/files/{format}',
  operationId: 'readSharedFile',
  ...forThirdParties,
  summary: 'A ride as a file, as far as it is shown',
  request: { params: params.extend({ format }) },
  responses: {
    200: { description: 'GPX 1.1, FIT, GeoJSON, CSV or JSON.', content: files },
    308: moved,
    ...refusals('grant_missing', 'not_found', 'nothing_to_show'),
  },
})

const noRide: Problem<'not_found'> = { reason: 'not_found', detail: 'the bike has no such ride for you' }

type Stores = Pick<
  ApiStores,
  'grants' | 'ownershipsOf' | 'rides' | 'rideNotes' | 'privacyZones' | 'readSamples' | 'modulesOf'
>

export function sharedRideRoutes(stores: Stores) {
  const routes = createRoutes()

  routes.openapi(listSharedRides, async (c) => {
    const { id: bikeId } = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const grant = await stores.grants.ridesGrantOf(bikeId, c.var.caller.subject)
    if (grant === undefined) return problemResponse(grantMissing('rides'))
    const afterMs = cursor === undefined ? undefined : readSharedRideId(cursor, grant.rideKey)
    if (cursor !== undefined && afterMs === undefined)
      return problemResponse({ reason: 'request_invalid', detail: 'cursor: not one of this grant' })
    const after =
      afterMs === undefined ? undefined : { fromMs: afterMs, rideId: rideIdOf({ bikeId, fromMs: afterMs }) }
    const { riderId, ridesFromMs: fromMs } = grant
    const page = await stores.rides.ridesOf({ riderId, bikeId, fromMs, after, limit })
    const shown = []
    for (const ride of await shareable(page, riderId, stores)) {
      const shared = await sharedSummary(ride, grant, stores)
      if (shared !== undefined) shown.push(sharedRideAnswer(shared, namedBy(ride, grant)))
    }
    const last = page.length < limit ? undefined : page.at(-1)
    return c.json({ rides: shown, next: last ? sharedRideId(last.fromMs, grant.rideKey) : null }, 200)
  })

  routes.openapi(readSharedRide, async (c) => {
    const found = await sharedRideOf(c, c.req.valid('param'), stores)
    if ('answer' in found) return found.answer
    return c.json(sharedRideAnswer(found.shared, found.named), 200)
  })

  routes.openapi(readSharedStreams, async (c) => {
    const found = await sharedRideOf(c, c.req.valid('param'), stores)
    if ('answer' in found) return found.answer
    const { rideId } = found.named
    return c.json({ rideId, ...chosenStreams(found.shared.streams, c.req.valid('query')) }, 200)
  })

  routes.openapi(readSharedFile, async (c) => {
    const found = await sharedRideOf(c, c.req.valid('param'), stores)
    if ('answer' in found) return found.answer
    const { streams } = found.shared
    const fileName = `ride-${found.named.rideId}`
    return fileAnswer(c, { ride: { streams }, format: c.req.valid('param').format, fileName })
  })

  return routes
}

const namedBy = ({ bikeId, fromMs }: Ride, { rideKey }: RidesGrant) => ({
  rideId: sharedRideId(fromMs, rideKey),
  bikeId,
})

/** Without what the rider hid, and what somebody else rode. */
async function shareable(rides: readonly Ride[], riderId: string, { rideNotes }: Stores): Promise<Ride[]> {
  const told = await withWords(rides, { riderId, rideNotes })
  return told.flatMap(({ ride, words }) => (words.hidden || words.notMe ? [] : [ride]))
}

/** Where the rider has no zones, what is stored is what is shown: no sample is read. */
async function sharedSummary(
  ride: Ride,
  grant: RidesGrant,
  stores: Stores,
): Promise<Omit<SharedRide, 'streams'> | undefined> {
  const { zones } = await stores.privacyZones.of(grant.riderId)
  if (zones.length > 0) return readShared(ride, grant, stores)
  const { clockRules: _, recorderIds: __, recordings: ___, ...summary } = ride.summary
  return { fromMs: ride.fromMs, untilMs: ride.untilMs, summary }
}

/** Zones are asked for behind the samples, so that one that was made meanwhile hides already. */
async function readShared(
  ride: Ride,
  { riderId }: RidesGrant,
  stores: Stores,
): Promise<SharedRide | undefined> {
  const windows = await stores.ownershipsOf(ride.bikeId, riderId)
  const within = windows.map(({ fromMs, untilMs }) => ({ fromMs, toMs: untilMs }))
  const streams = await readStreams({ ...ride, windows: within }, stores)
  return shareRide(streams, await stores.privacyZones.of(riderId))
}

/** The ride, or the answer where the grant does not open one, or its moment belongs to another ride by now. */
async function sharedRideOf(
  c: Context<ApiEnv>,
  { id: bikeId, rideId }: { readonly id: string; readonly rideId: string },
  stores: Stores,
) {
  const grant = await stores.grants.ridesGrantOf(bikeId, c.var.caller.subject)
  if (grant === undefined) return { answer: problemResponse(grantMissing('rides')) }
  const atMs = readSharedRideId(rideId, grant.rideKey)
  const covering =
    atMs !== undefined && (await stores.rides.covering({ riderId: grant.riderId, bikeId, atMs }))
  const [ride] = covering ? await shareable([covering], grant.riderId, stores) : []
  if (ride === undefined || ride.fromMs < grant.ridesFromMs) return { answer: problemResponse(noRide) }
  const named = namedBy(ride, grant)
  if (named.rideId !== rideId) {
    const { pathname, search } = new URL(c.req.url)
    return { answer: c.redirect(pathname.replace(rideId, named.rideId) + search, 308) }
  }
  const shared = await readShared(ride, grant, stores)
  return shared === undefined ? { answer: problemResponse(noRide) } : { shared, named }
}
