// A rider's rides: the list, one of them, its streams and files, what the rider says of it, and totals.
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { downsample, type Resolution, resolutions } from '../../riders/own-data/downsample.ts'
import { encodeRideCsv } from '../../riders/own-data/files/csv.ts'
import { encodeFit } from '../../riders/own-data/files/fit.ts'
import { encodeGpx } from '../../riders/own-data/files/gpx.ts'
import { encodeGeoJson, encodeRideJson } from '../../riders/own-data/files/json.ts'
import type { NamedRide, RideMetric } from '../../riders/own-data/port.ts'
import { hideZones } from '../../riders/own-data/privacy-zones.ts'
import { rideMetrics } from '../../riders/own-data/streams.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { readRideId } from '../../riders/rides/ride-id.ts'
import { isZone, periods, totalsOf } from '../../riders/rides/totals.ts'
import { wordsOf } from '../../riders/rides/words.ts'
import type { ApiEnv, ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { json, page, text, uuid } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { rideAnswer, rideBody, ridePage, streamsBody, totalAnswer, totalsBody } from './ride-answers.ts'
import { readStreams } from './ride-samples.ts'

const rideId = z
  .string()
  .refine((id) => readRideId(id) !== undefined, 'no id of a ride')
  .describe('An id of earlier leads to the ride that covers its moment now.')
const rideParams = z.object({ rideId })
const moment = z.iso.datetime({ offset: true }).transform((at) => Date.parse(at))
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((said) => said === 'true')

const moved = { description: 'The ride that covers the moment of this id now is at `Location`.' }

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

const metricNames = z
  .string()
  .transform((said) => said.split(','))
  .pipe(z.array(z.enum(rideMetrics as [RideMetric, ...RideMetric[]])).min(1))
  .optional()
  .describe('Metrics, by commas; all that were measured where it is absent.')

const readRideStreams = createRoute({
  method: 'get',
  path: '/v1/riders/me/rides/{rideId}/streams',
  operationId: 'readRideStreams',
  summary: 'A ride as arrays of equal length',
  description:
    '`low`, `medium` and `high` have at most 100, 1,000 and 10,000 rows and up to two more for each gap: means of equal spans of time, the last value for assistance level, charge cycles and odometer.',
  request: {
    params: rideParams,
    query: z.strictObject({
      resolution: z.enum(resolutions as [Resolution, ...Resolution[]]).default('medium'),
      metrics: metricNames,
    }),
  },
  responses: {
    200: { description: 'Times and columns.', ...json(streamsBody) },
    308: moved,
    ...refusals('not_found'),
  },
})

const formats = {
  gpx: { mediaType: 'application/gpx+xml', encode: encodeGpx },
  fit: { mediaType: 'application/vnd.ant.fit', encode: ({ streams }: NamedRide) => encodeFit(streams) },
  geojson: { mediaType: 'application/geo+json', encode: encodeGeoJson },
  csv: { mediaType: 'text/csv; charset=utf-8', encode: ({ streams }: NamedRide) => encodeRideCsv(streams) },
  json: { mediaType: 'application/json', encode: encodeRideJson },
} as const satisfies Record<string, { mediaType: string; encode: (ride: NamedRide) => Generator<Uint8Array> }>
const format = z.enum(Object.keys(formats) as [keyof typeof formats, ...(keyof typeof formats)[]])
const bytes = z.string().meta({ format: 'binary' })

const readRideFile = createRoute({
  method: 'get',
  path: '/v1/riders/me/rides/{rideId}/files/{format}',
  operationId: 'readRideFile',
  summary: 'A ride as a file: GPX 1.1, FIT, GeoJSON, CSV or JSON',
  request: {
    params: rideParams.extend({ format }),
    query: z.strictObject({ shared: flag.describe('For others: nothing from within privacy zones.') }),
  },
  responses: {
    200: {
      description: 'Every sample of the ride.',
      content: {
        'application/gpx+xml': { schema: bytes },
        'application/vnd.ant.fit': { schema: bytes },
        'application/geo+json': { schema: bytes },
        'text/csv': { schema: bytes },
        'application/json': { schema: bytes },
      },
    },
    308: moved,
    ...refusals('not_found', 'nothing_to_show'),
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
    ...refusals('not_found', 'body_too_large'),
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

const noRide: Problem<'not_found'> = { reason: 'not_found', detail: 'you have no such ride' }
const nothingToShow: Problem<'nothing_to_show'> = {
  reason: 'nothing_to_show',
  detail: 'no sample of the ride can go into such a file',
}

type RideStores = Pick<ApiStores, 'rides' | 'rideNotes' | 'privacyZones' | 'readSamples'>

export function rideRoutes(stores: RideStores) {
  const routes = createRoutes()
  const notesWithin = async (riderId: string, rides: readonly Ride[]) => {
    if (rides.length === 0) return []
    const fromMs = Math.min(...rides.map((ride) => ride.fromMs))
    const untilMs = Math.max(...rides.map((ride) => ride.untilMs))
    return stores.rideNotes.notesOf({ riderId, fromMs, untilMs })
  }
  const find = (riderId: string, id: string) => {
    const { bikeId, fromMs } = readRideId(id) ?? { bikeId: '', fromMs: 0 }
    return stores.rides.covering({ riderId, bikeId, atMs: fromMs })
  }

  routes.openapi(listRides, async (c) => {
    const { bikeId, from, until, hidden, limit, cursor } = c.req.valid('query')
    const riderId = c.var.caller.subject
    const after = cursor === undefined ? undefined : cursorOf(cursor)
    if (after === null)
      return problemResponse({ reason: 'request_invalid', detail: 'cursor: not one of ours' })
    const rides = await stores.rides.ridesOf({ riderId, bikeId, fromMs: from, untilMs: until, after, limit })
    const notes = await notesWithin(riderId, rides)
    const told = rides.map((ride) => ({ ride, words: wordsOf(ride, notes) }))
    return c.json(
      {
        rides: told
          .filter(({ words }) => hidden || !words.hidden)
          .map(({ ride, words }) => rideAnswer(ride, words)),
        next: rides.length < limit ? null : (rides.at(-1)?.rideId ?? null),
      },
      200,
    )
  })

  routes.openapi(readRide, async (c) => {
    const riderId = c.var.caller.subject
    const { rideId } = c.req.valid('param')
    const ride = await find(riderId, rideId)
    if (ride === undefined) return problemResponse(noRide)
    if (ride.rideId !== rideId) return elsewhere(c, rideId, ride)
    return c.json(rideAnswer(ride, wordsOf(ride, await notesWithin(riderId, [ride]))), 200)
  })

  routes.openapi(readRideStreams, async (c) => {
    const { rideId } = c.req.valid('param')
    const { resolution, metrics = rideMetrics } = c.req.valid('query')
    const ride = await find(c.var.caller.subject, rideId)
    if (ride === undefined) return problemResponse(noRide)
    if (ride.rideId !== rideId) return elsewhere(c, rideId, ride)
    const { times, columns, bucketMs } = downsample(await readStreams(ride, stores), resolution)
    const chosen = metrics.flatMap((metric) => (columns[metric] ? [[metric, [...columns[metric]]]] : []))
    return c.json({ rideId, times, bucketMs, columns: Object.fromEntries(chosen) }, 200)
  })

  routes.openapi(readRideFile, async (c) => {
    const riderId = c.var.caller.subject
    const { rideId, format } = c.req.valid('param')
    const ride = await find(riderId, rideId)
    if (ride === undefined) return problemResponse(noRide)
    if (ride.rideId !== rideId) return elsewhere(c, rideId, ride)
    const { name = `Ride ${new Date(ride.fromMs).toISOString()}` } = wordsOf(
      ride,
      await notesWithin(riderId, [ride]),
    )
    let streams = await readStreams(ride, stores)
    if (c.req.valid('query').shared) {
      const { zones, key } = await stores.privacyZones.of(riderId)
      streams = hideZones(streams, zones, key)
    }
    if (streams.times.length === 0) return problemResponse(nothingToShow)
    const { mediaType, encode } = formats[format]
    const file = flowing(encode({ name, streams }))
    if (file === undefined) return problemResponse(nothingToShow)
    c.header('content-disposition', `attachment; filename="ride-${rideId}.${format}"`)
    return c.body(file, 200, { 'content-type': mediaType })
  })

  routes.openapi(describeRide, async (c) => {
    const riderId = c.var.caller.subject
    const { rideId } = c.req.valid('param')
    const { name, hidden, notMe } = c.req.valid('json')
    const ride = await find(riderId, rideId)
    if (ride === undefined) return problemResponse(noRide)
    if (ride.rideId !== rideId) return elsewhere(c, rideId, ride)
    const before = wordsOf(ride, await notesWithin(riderId, [ride]))
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
    const rides = await stores.rides.ridesOf(query)
    const notes = await notesWithin(riderId, rides)
    const own = rides.filter((ride) => !wordsOf(ride, notes).notMe)
    return c.json({ zone, totals: totalsOf(own, { by, zone }).map(totalAnswer) }, 200)
  })

  return routes
}

function elsewhere(c: Context<ApiEnv>, asked: string, { rideId }: Ride) {
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(pathname.replace(asked, rideId) + search, 308)
}

/** Null where it is none of ours. */
function cursorOf(cursor: string): Pick<Ride, 'rideId' | 'fromMs'> | null {
  const read = readRideId(cursor)
  return read ? { rideId: cursor, fromMs: read.fromMs } : null
}

/**
 * The file as it is read. Its first chunk is made now, so that a file which cannot be written says so before the head of the answer:
 * then undefined.
 */
function flowing(chunks: Generator<Uint8Array>): ReadableStream<Uint8Array> | undefined {
  let first: IteratorResult<Uint8Array> | undefined
  try {
    first = chunks.next()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  return new ReadableStream({
    pull(controller) {
      const { value, done } = first ?? chunks.next()
      first = undefined
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void chunks.return(undefined),
  })
}
