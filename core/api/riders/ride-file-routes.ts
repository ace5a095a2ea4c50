// A ride of the caller as streams and as files.
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { downsample, type Resolution, resolutions } from '../../riders/own-data/downsample.ts'
import { formats, type RideFormat, rideFile, rideFormats } from '../../riders/own-data/files/formats.ts'
import type { RideMetric, RideStreams } from '../../riders/own-data/port.ts'
import { hideZones } from '../../riders/own-data/privacy-zones.ts'
import { rideMetrics } from '../../riders/own-data/streams.ts'
import type { ApiEnv, ApiStores } from '../port.ts'
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

export const streamsQuery = z.strictObject({
  resolution: z.enum(resolutions as [Resolution, ...Resolution[]]).default('medium'),
  metrics: metricNames,
})

export const aboutStreams =
  '`low`, `medium` and `high` have at most 100, 1,000 and 10,000 rows and up to two more for each gap: means of equal spans of time, the last value for assistance level, charge cycles and odometer.'

const readRideStreams = createRoute({
  method: 'get',
  path: '/v1/riders/me/rides/{rideId}/streams',
  operationId: 'readRideStreams',
  summary: 'A ride as arrays of equal length',
  description: aboutStreams,
  request: { params: rideParams, query: streamsQuery },
  responses: {
    200: { description: 'Times and columns.', ...json(streamsBody) },
    308: moved,
    ...refusals('not_found'),
  },
})

export const format = z.enum(rideFormats)
const bytes = z.string().meta({ format: 'binary' })
const feature = z.looseObject({ type: z.literal('Feature') }).describe('RFC 7946.')
const rideJson = streamsBody.omit({ rideId: true }).extend({ name: z.string() })

export const files = {
  'application/gpx+xml': { schema: bytes },
  'application/vnd.ant.fit': { schema: bytes },
  'application/geo+json': { schema: feature },
  'text/csv': { schema: bytes },
  'application/json': { schema: rideJson },
}

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
    200: { description: 'Every sample of the ride.', content: files },
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
    const found = await ownRide(c, rideId, stores)
    if ('answer' in found) return found.answer
    const streams = await readStreams(found.ride, stores)
    return c.json({ rideId, ...chosenStreams(streams, c.req.valid('query')) }, 200)
  })

  routes.openapi(readRideFile, async (c) => {
    const riderId = c.var.caller.subject
    const { rideId, format } = c.req.valid('param')
    const found = await ownRide(c, rideId, stores)
    if ('answer' in found) return found.answer
    const { name } = await readWords(found.ride, { riderId, ...stores })
    const streams = await readStreams(found.ride, stores)
    const { shared } = c.req.valid('query')
    const { zones, key } = shared ? await stores.privacyZones.of(riderId) : noZones
    const ride = { name, streams: hideZones(streams, zones, key) }
    // The id has the first moment of the ride.
    return fileAnswer(c, { ride, format, fileName: shared ? 'ride' : `ride-${rideId}` })
  })

  return routes
}

const noZones = { zones: [], key: new Uint8Array(32) }

/** At the resolution that was asked for, with the metrics that were. */
export function chosenStreams(
  streams: RideStreams,
  { resolution, metrics = [...rideMetrics] }: z.output<typeof streamsQuery>,
) {
  const { times, columns, bucketMs } = downsample(streams, resolution)
  const chosen = metrics.flatMap((metric) => (columns[metric] ? [[metric, [...columns[metric]]]] : []))
  return { times, bucketMs, columns: Object.fromEntries(chosen) }
}

interface FileAsked {
  /** A ride without a name is called by its first moment. */
  readonly ride: { readonly name?: string | undefined; readonly streams: RideStreams }
  readonly format: RideFormat
  readonly fileName: string
}

export function fileAnswer(c: Context<ApiEnv>, { ride, format, fileName }: FileAsked) {
  const { name, streams } = ride
  const file = rideFile({ name: name ?? `Ride ${iso(streams.times[0] ?? 0)}`, streams }, format)
  if (file === undefined) return problemResponse(nothingToShow)
  c.header('content-disposition', `attachment; filename="${fileName}.${format}"`)
  return c.body(flowing(file), 200, { 'content-type': formats[format].mediaType })
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
