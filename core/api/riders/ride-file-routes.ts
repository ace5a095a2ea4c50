// A ride of the caller as streams and as files.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { downsample, type Resolution, resolutions } from '../../riders/own-data/downsample.ts'
import { formats, rideFile, rideFormats } from '../../riders/own-data/files/formats.ts'
import type { RideMetric } from '../../riders/own-data/port.ts'
import { hideZones } from '../../riders/own-data/privacy-zones.ts'
import { rideMetrics } from '../../riders/own-data/streams.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { iso, json } from '../request.ts'
import { createRoutes } from '../routes.ts'
import { flag, moved, ownRide, rideParams } from './own-ride.ts'
import { readStreams, readWords } from './read-rides.ts'
import { streamsBody } from './ride-answers.ts'

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

const format = z.enum(rideFormats)
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

const nothingToShow: Problem<'nothing_to_show'> = {
  reason: 'nothing_to_show',
  detail: 'no sample of the ride can go into such a file',
}

export function rideFileRoutes(
  stores: Pick<ApiStores, 'rides' | 'rideNotes' | 'privacyZones' | 'readSamples' | 'modulesOf'>,
) {
  const routes = createRoutes()

  routes.openapi(readRideStreams, async (c) => {
    const { rideId } = c.req.valid('param')
    const { resolution, metrics = rideMetrics } = c.req.valid('query')
    const found = await ownRide(c, rideId, stores)
    if ('answer' in found) return found.answer
    const { times, columns, bucketMs } = downsample(await readStreams(found.ride, stores), resolution)
    const chosen = metrics.flatMap((metric) => (columns[metric] ? [[metric, [...columns[metric]]]] : []))
    return c.json({ rideId, times, bucketMs, columns: Object.fromEntries(chosen) }, 200)
  })

  routes.openapi(readRideFile, async (c) => {
    const riderId = c.var.caller.subject
    const { rideId, format } = c.req.valid('param')
    const found = await ownRide(c, rideId, stores)
    if ('answer' in found) return found.answer
    const words = await readWords(found.ride, { riderId, ...stores })
    const name = words.name ?? `Ride ${iso(found.ride.fromMs)}`
    let streams = await readStreams(found.ride, stores)
    if (c.req.valid('query').shared) {
      const { zones, key } = await stores.privacyZones.of(riderId)
      streams = hideZones(streams, zones, key)
    }
    const file = rideFile({ name, streams }, format)
    if (file === undefined) return problemResponse(nothingToShow)
    c.header('content-disposition', `attachment; filename="ride-${rideId}.${format}"`)
    return c.body(flowing(file), 200, { 'content-type': formats[format].mediaType })
  })

  return routes
}

/** The file as it is read. */
function flowing(file: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = file[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const { value, done } = chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void chunks.return?.(),
  })
}
