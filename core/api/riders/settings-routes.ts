// Settings of a bike: as its owner wishes them, and as the bike reports them.
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { isPending, tagOf } from '../../devices/settings/plan.ts'
import type { BikeSettings } from '../../devices/settings/port.ts'
import { settingsValues } from '../../devices/settings/values.ts'
import { ifMatch, isSame } from '../etag.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { count, idParams, iso, isoOrNull, json, time } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { accessOfOwner, noBike } from './access.ts'
import { contested } from './command-answers.ts'

const values = settingsValues.describe('A setting that is absent is the bike’s own default.')
const version = count.describe('Counts up with each wish, also across owners.')
const bikeSettings = z
  .object({
    desired: z
      .object({ version, values, at: time })
      .nullable()
      .describe('As the present owner wishes; null before the first wish.'),
    reported: z
      .object({
        version,
        localChanges: count.describe('At the bike since it took the version.'),
        values,
        at: time,
      })
      .nullable()
      .describe('As the bike said last. Null before it has reported one of the owner’s versions.'),
    agreedAt: time.nullable().describe('When the bike last reported to have the newest version of then.'),
    pending: z.boolean().describe('The bike has yet to report the newest version.'),
  })
  .meta({ id: 'BikeSettings' })

const etag = z.object({
  ETag: z.string().describe('Of what is wished: changes with each wish and with each change at the bike.'),
})
const ok = { headers: etag, ...json(bikeSettings) }

const readSettings = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/settings',
  operationId: 'readSettings',
  summary: 'How the owner wishes the bike to be set, and how the bike reports to be',
  request: { params: idParams },
  responses: { 200: { description: 'As they stand.', ...ok }, ...refusals('not_found') },
})

const replaceSettings = createRoute({
  method: 'put',
  path: '/v1/bikes/{id}/settings',
  operationId: 'replaceSettings',
  summary: 'Wish for these settings in place of all of before; for the present owner',
  description:
    'The bike gets the newest version when it is connected, and reports when it has it. Nothing is changed where the bike or somebody else has changed the settings since they were read (412).',
  middleware: jsonBody(4_096, 'the settings'),
  request: {
    params: idParams,
    headers: z.object({
      'if-match': ifMatch.describe('The `ETag` of the settings as you read them; `*` for whatever they are.'),
    }),
    body: { required: true, ...json(settingsValues) },
  },
  responses: {
    200: { description: 'So wished.', ...ok },
    ...refusals('not_found', 'body_too_large', 'contested', 'settings_changed'),
  },
})

const changed: Problem<'settings_changed'> = {
  reason: 'settings_changed',
  detail: 'read them again, and change those',
}

export function settingsRoutes(stores: Pick<ApiStores, 'settings' | 'ownershipsOf'>) {
  const routes = createRoutes()

  routes.openapi(readSettings, async (c) => {
    const { id } = c.req.valid('param')
    const access = await accessOfOwner(c.var.caller.subject, id, stores)
    if (access === undefined) return problemResponse(noBike)
    return answer(c, await stores.settings.of(id))
  })

  routes.openapi(replaceSettings, async (c) => {
    const { id } = c.req.valid('param')
    const header = c.req.valid('header')['if-match']
    const result = await stores.settings.wish({
      ...{ bikeId: id, riderId: c.var.caller.subject, values: c.req.valid('json') },
      isAbout: (tag) => isSame(header, tag),
    })
    switch (result.outcome) {
      case 'not_owner':
        return problemResponse(noBike)
      case 'contested':
        return problemResponse(contested)
      case 'changed':
        return problemResponse(changed)
    }
    return answer(c, result.settings)
  })

  return routes
}

function answer(c: Context, settings: BikeSettings) {
  const { version, desired, reported, agreedAtMs } = settings
  c.header('etag', tagOf(settings))
  // The tag is of what is wished: no cache may answer with an older report.
  c.header('cache-control', 'no-store')
  return c.json(
    {
      desired: desired ? { version, values: desired.values, at: iso(desired.atMs) } : null,
      reported: reported ? reportAnswer(reported) : null,
      agreedAt: isoOrNull(agreedAtMs),
      pending: isPending(settings),
    },
    200,
  )
}

function reportAnswer({ atMs, ...said }: NonNullable<BikeSettings['reported']>) {
  return { ...said, at: iso(atMs) }
}
