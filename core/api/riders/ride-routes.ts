// A rider's rides: the list, one of them, what the rider says of it, and totals.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { readRideId } from '../../../proto/codec/ride-id.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { isZone, periods, totalsOf } from '../../riders/rides/totals.ts'
import type { ApiStores } from '../port.ts'
import { problemResponse, refusals } from '../problem.ts'
import { json, moment, page, text, uuid } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { flag, moved, ownRide, rideParams } from './own-ride.ts'
import { readWords, withWords } from './read-rides.ts'
import { rideAnswer, rideBody, ridePage, totalAnswer, totalsBody } from './ride-answers.ts'

const listRides = createRoute({
  method: 'get',
  path: '/v1/riders/me/rides',
  operationId: 'listRides',
  summary: 'The caller’s rides, newest first',
  request: {
    query: z.strictObject({
      ...page,
      bikeId: uuid.optional(),
      from: moment.optional().describe('Rides that began at this time or later.'),
      until: moment.optional().describe('Rides that began before this time.'),
      hidden: flag.describe('Hidden rides as well.'),
    }),
  },
  responses: {
    200: {
      description: 'A page may have fewer rides than its limit, where hidden ones are left out.',
      ...json(ridePage),
    },
    ...refusals(),
  },
})

const readRide = createRoute({
  method: 'get',
  path: '/v1/riders/me/rides/{rideId}',
  operationId: 'readRide',
  summary: 'A ride of the caller',
  request: { params: rideParams },
  responses: {
    200: { description: 'With its summary.', ...json(rideBody) },
    308: moved,
    ...refusals('not_found'),
  },
})

const describeRide = createRoute({
  method: 'patch',
  path: '/v1/riders/me/rides/{rideId}',
  operationId: 'describeRide',
  summary: 'Name a ride, hide it, or say that somebody else rode',
  description: 'It stays with the ride when a late piece joins two: of two, what was said last counts.',
  middleware: jsonBody(4_096, 'what is said of a ride'),
  request: {
    params: rideParams,
    body: {
      required: true,
      ...json(
        z.strictObject({
          name: text({ max: 200 }).nullable().optional(),
          hidden: z.boolean().optional(),
          notMe: z.boolean().optional(),
        }),
      ),
    },
  },
  responses: {
    200: { description: 'The ride.', ...json(rideBody) },
    308: moved,
    ...refusals('not_found', 'body_too_large', 'body_timeout'),
  },
})

const mostInTotals = 5_000

const readTotals = createRoute({
  method: 'get',
  path: '/v1/riders/me/totals',
  operationId: 'readTotals',
  summary: 'The caller’s rides in sum, by day, week, month or year of a time zone',
  request: {
    query: z.strictObject({
      by: z.enum(periods).default('month'),
      zone: z.string().max(64).refine(isZone, 'no time zone of the IANA').default('UTC'),
      bikeId: uuid.optional(),
      from: moment.optional().describe('Rides that began at this time or later.'),
      until: moment.optional().describe('Rides that began before this time.'),
    }),
  },
  responses: {
    200: {
      description: `A ride counts where it began. Hidden rides count, those of others do not; of more than ${mostInTotals} rides the newest.`,
      ...json(totalsBody),
    },
    ...refusals(),
  },
})

export function rideRoutes(stores: Pick<ApiStores, 'rides' | 'rideNotes'>) {
  const routes = createRoutes()
  const told = (riderId: string, rides: readonly Ride[]) => withWords(rides, { riderId, ...stores })

  routes.openapi(listRides, async (c) => {
    const { bikeId, from, until, hidden, limit, cursor } = c.req.valid('query')
    const riderId = c.var.caller.subject
    const after = cursor === undefined ? undefined : cursorOf(cursor)
    if (after === null)
      return problemResponse({ reason: 'request_invalid', detail: 'cursor: not one of ours' })
    const rides = await stores.rides.ridesOf({ riderId, bikeId, fromMs: from, untilMs: until, after, limit })
    const listed = (await told(riderId, rides)).filter(({ words }) => hidden || !words.hidden)
    const next = rides.length < limit ? null : (rides.at(-1)?.rideId ?? null)
    return c.json({ rides: listed.map(({ ride, words }) => rideAnswer(ride, words)), next }, 200)
  })

  routes.openapi(readRide, async (c) => {
    const found = await ownRide(c, c.req.valid('param').rideId, stores)
    if ('answer' in found) return found.answer
    const words = await readWords(found.ride, { riderId: c.var.caller.subject, ...stores })
    return c.json(rideAnswer(found.ride, words), 200)
  })

  routes.openapi(describeRide, async (c) => {
    const riderId = c.var.caller.subject
    const { name, hidden, notMe } = c.req.valid('json')
    const found = await ownRide(c, c.req.valid('param').rideId, stores)
    if ('answer' in found) return found.answer
    const { ride } = found
    const before = await readWords(ride, { riderId, ...stores })
    const words = {
      name: name === undefined ? before.name : (name ?? undefined),
      hidden: hidden ?? before.hidden,
      notMe: notMe ?? before.notMe,
    }
    await stores.rideNotes.put({ riderId, bikeId: ride.bikeId, atMs: ride.fromMs, ...words })
    return c.json(rideAnswer(ride, words), 200)
  })

  routes.openapi(readTotals, async (c) => {
    const { by, zone, bikeId, from, until } = c.req.valid('query')
    const riderId = c.var.caller.subject
    const query = { riderId, bikeId, fromMs: from, untilMs: until, limit: mostInTotals }
    const rides = await told(riderId, await stores.rides.ridesOf(query))
    const own = rides.filter(({ words }) => !words.notMe).map(({ ride }) => ride)
    return c.json({ zone, totals: totalsOf(own, { by, zone }).map(totalAnswer) }, 200)
  })

  return routes
}

/** Null where it is none of ours. */
function cursorOf(cursor: string): Pick<Ride, 'rideId' | 'fromMs'> | null {
  const read = readRideId(cursor)
  return read ? { rideId: cursor, fromMs: read.fromMs } : null
}
