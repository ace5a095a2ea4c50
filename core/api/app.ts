// The API: a bike's latest state and telemetry for its owner, commands to it, what became of an upload for its sender, and
// master data for service staff.
import { Hono } from 'hono'
import type { Logger } from 'pino'
import { InvalidCursorError } from '../runtime/invalid-cursor.ts'
import { methodsAt } from './methods.ts'
import type { ApiMetrics } from './metrics.ts'
import { openapi } from './openapi.ts'
import type { ApiStores, Authenticate, Variables } from './port.ts'
import { isProblem, type Problem, problemResponse } from './problem.ts'
import { parseId, parseTelemetryRequest } from './request.ts'
import { accessTo, noBike } from './riders/access.ts'
import { latestAnswer, telemetryAnswer, uploadAnswer } from './riders/answers.ts'
import { commandRoutes } from './riders/command-routes.ts'
import { fleetRoutes } from './staff/fleet-routes.ts'

export interface ApiDeps {
  readonly authenticate: Authenticate
  readonly stores: ApiStores
  readonly metrics: ApiMetrics
  readonly log: Pick<Logger, 'error'>
  /** Aborts when the process ends: streams end, so that the server can. */
  readonly stopping: AbortSignal
}

const noUpload: Problem = {
  reason: 'not_found',
  detail: 'no track of such an upload of yours is in the books (yet)',
}

export function createApi(deps: ApiDeps): Hono<{ Variables: Variables }> {
  const { authenticate, stores, metrics, log } = deps
  const api = new Hono<{ Variables: Variables }>()

  api.use('/v1/*', async (c, next) => {
    const answered = metrics.begin()
    await next()
    answered(c.res.status)
  })
  api.use('/v1/*', async (c, next) => {
    const caller = await authenticate(c.req.header('authorization'))
    if (isProblem(caller)) return problemResponse(caller)
    c.set('caller', caller)
    await next()
    if (!c.res.headers.has('etag')) c.header('cache-control', 'no-store')
  })

  api.get('/v1/bikes/:id/latest', async (c) => {
    const bike = parseId(c.req.param('id'))
    if (isProblem(bike)) return problemResponse(bike)
    const access = await accessTo(bike.id, c.var.caller, stores)
    if (isProblem(access)) return problemResponse(access)
    const [readings, presence] = await Promise.all([stores.latestOf(bike.id), stores.presenceOf(bike.id)])
    const own = readings.filter(({ eventAtMs }) => access.sees(eventAtMs))
    return c.json(latestAnswer({ bikeId: bike.id, presence, readings: own }))
  })

  api.get('/v1/bikes/:id/telemetry', async (c) => {
    const bike = parseId(c.req.param('id'))
    if (isProblem(bike)) return problemResponse(bike)
    const request = parseTelemetryRequest(c.req.query())
    if (isProblem(request)) return problemResponse(request)
    const windows = await stores.ownershipsOf(bike.id, c.var.caller.riderId)
    if (windows.length === 0) return problemResponse(noBike)
    const own = windows.map(({ fromMs, untilMs }) =>
      Number.isFinite(untilMs) ? { fromMs, toMs: untilMs } : { fromMs },
    )
    return c.json(telemetryAnswer(await stores.readSamples({ ...request, bikeId: bike.id, windows: own })))
  })

  api.get('/v1/uploads/:id', async (c) => {
    const upload = parseId(c.req.param('id'))
    if (isProblem(upload)) return problemResponse(upload)
    const tracks = await stores.tracksOf(upload.id, c.var.caller.riderId)
    return tracks.length === 0 ? problemResponse(noUpload) : c.json(uploadAnswer(upload.id, tracks))
  })

  api.route('/v1/bikes', commandRoutes(deps))
  api.route('/v1/fleet', fleetRoutes(stores))

  api.get('/openapi.json', (c) => c.json(openapi))
  api.get('/healthz', (c) => c.text('ok\n'))
  api.get('/readyz', async (c) => {
    const trouble = await stores.ping().then(() => undefined, messageOf)
    return c.text(`${trouble ?? 'ready'}\n`, trouble === undefined ? 200 : 503)
  })
  api.get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'content-type': metrics.contentType }))

  api.notFound((c) => {
    const allow = methodsAt(api.routes, c.req.path).join(', ')
    return allow === ''
      ? problemResponse({ reason: 'not_found', detail: 'there is no such resource' })
      : problemResponse({ reason: 'method_not_allowed', detail: `the resource takes ${allow}` }, { allow })
  })
  api.onError((error, c) => {
    if (error instanceof InvalidCursorError) {
      return problemResponse({ reason: 'request_invalid', detail: `cursor: ${error.message}` })
    }
    log.error({ err: error, path: c.req.routePath }, 'a request failed')
    return problemResponse({ reason: 'store_unavailable', detail: 'try again in a moment' })
  })
  return api
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
