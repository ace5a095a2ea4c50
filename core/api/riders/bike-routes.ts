// A rider's own bikes: the latest state, and the telemetry of the time as owner.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { kinds, limits } from '../../../proto/index.ts'
import { maxPageSamples } from '../../engines/elasticsearch/port.ts'
import type { ApiStores } from '../port.ts'
import { isProblem, problemResponse, refusals } from '../problem.ts'
import { cursor, idParams, json } from '../request.ts'
import { forOwnerOr } from '../roles.ts'
import { createRoutes } from '../routes.ts'
import { accessOrGrantTo, noBike, shownReadings } from './access.ts'
import { hiddenState, latest, latestAnswer, samples, sinceWhen, telemetryAnswer } from './bike-answers.ts'

const readLatest = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/latest',
  operationId: 'readLatest',
  ...forOwnerOr('read', { personal: true }),
  summary:
    'The latest state of a bike, for its present owner, for whom the owner lets read it, and for staff',
  request: { params: idParams },
  responses: {
    200: {
      description:
        'Each group with the time of its newest sample. By a grant, nothing while the bike is within a privacy zone of its rider.',
      ...json(latest),
    },
    ...refusals('not_found', 'grant_missing'),
  },
})

export const defaultSamples = 500

const timeMs = z
  .union([z.iso.date(), z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,15}$/)], {
    error: 'neither ISO 8601 with a zone nor Unix milliseconds',
  })
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)))
  .pipe(z.number().min(0).max(limits.timeMs))
  .optional()

export const telemetryQuery = z
  .strictObject({
    from: timeMs.describe('Inclusive; ISO 8601 with a zone, a date (midnight UTC) or Unix milliseconds.'),
    to: timeMs.describe('Exclusive; as `from`, and after it.'),
    kind: z.enum(kinds).optional().describe('Only samples of this kind.'),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxPageSamples)
      .default(defaultSamples)
      .describe('Samples a page.'),
    cursor,
  })
  .refine(({ from = 0, to = limits.timeMs }) => from < to, { path: ['from'], error: 'not before `to`' })

const readTelemetry = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/telemetry',
  operationId: 'readTelemetry',
  summary: 'The samples of a bike while the caller owned it, latest first',
  request: { params: idParams, query: telemetryQuery },
  responses: {
    200: { description: '`next` is null on the last page.', ...json(samples) },
    ...refusals('not_found'),
  },
})

export function bikeRoutes(stores: ApiStores) {
  const routes = createRoutes()

  routes.openapi(readLatest, async (c) => {
    const { id } = c.req.valid('param')
    const access = await accessOrGrantTo(id, { caller: c.var.caller, role: 'read', scope: 'state', stores })
    if (isProblem(access)) return problemResponse(access)
    const [readings, presence] = await Promise.all([stores.latestOf(id), stores.presenceOf(id)])
    const own = await shownReadings(readings, access, stores)
    c.set('shown', { bikes: [{ bikeId: id, fromMs: sinceWhen(own ?? []) }] })
    return c.json({ bikeId: id, ...latestAnswer(own ? { presence, readings: own } : hiddenState) }, 200)
  })

  routes.openapi(readTelemetry, async (c) => {
    const { id } = c.req.valid('param')
    const { from = 0, to = limits.timeMs, ...page } = c.req.valid('query')
    const ownerships = await stores.ownershipsOf(id, c.var.caller.subject)
    if (ownerships.length === 0) return problemResponse(noBike)
    const windows = ownerships.map(({ fromMs, untilMs }) =>
      Number.isFinite(untilMs) ? { fromMs, toMs: untilMs } : { fromMs },
    )
    const found = await stores.readSamples({ bikeId: id, fromMs: from, toMs: to, ...page, windows })
    return c.json(telemetryAnswer(found), 200)
  })

  return routes
}
