// Grants: a rider lets a third party read a bike, sees whom, and ends it; a third party sees what it may read.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { type BikeGrant, type BikeGrants, grantScopes, mostGrants } from '../../riders/grants/port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, iso, json, list, moment, text, time, uuid } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { noBike } from './access.ts'

const longestMs = 2 * 365 * 86_400_000
const mostListed = 200

const bikeGrant = z.object({
  grantId: uuid,
  bikeId: uuid,
  to: z.string().describe('The subject of the third party’s tokens.'),
  scopes: list(z.enum(grantScopes)),
  from: time,
  until: time,
  ridesFrom: time.describe('With the scope `rides`: rides that began then or later.'),
  ended: time.nullable().describe('When it was revoked, or the bike was no longer the rider’s.'),
  holds: z.boolean(),
})
const bikeGrants = z.object({ grants: list(bikeGrant) })

const giveGrant = createRoute({
  method: 'post',
  path: '/v1/riders/me/bikes/{id}/grants',
  operationId: 'giveGrant',
  summary: 'Let a third party read a bike of the caller’s',
  description: `\`state\`: the latest state, also live. \`rides\`: rides since \`ridesFrom\`, with summaries, streams and files. Only what was recorded while the bike was the caller’s, and nothing from within the caller’s privacy zones. It ends by its time, when it is revoked, and with the ownership. At most ${mostGrants} of a bike hold at once.`,
  middleware: jsonBody(4_096, 'a grant'),
  request: {
    params: idParams,
    body: {
      required: true,
      ...json(
        z.strictObject({
          to: text({ max: 256 }).describe('The subject of the third party’s tokens, as the party tells it.'),
          scopes: z.array(z.enum(grantScopes)).min(1).max(grantScopes.length),
          until: moment.describe('In the future, two years ahead at most.'),
          ridesFrom: moment
            .optional()
            .describe('Rides that began then or later; from now on where it is absent.'),
        }),
      ),
    },
  },
  responses: {
    201: { description: 'The third party may read from now on.', ...json(bikeGrant) },
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'grant_time_invalid', 'too_many_grants'),
  },
})

const listGrants = createRoute({
  method: 'get',
  path: '/v1/riders/me/bikes/{id}/grants',
  operationId: 'listGrants',
  summary: 'Whom the caller let read a bike, newest first',
  request: { params: idParams },
  responses: {
    200: { description: `The newest ${mostListed}, with those that ended.`, ...json(bikeGrants) },
    ...refusals(),
  },
})

const revokeGrant = createRoute({
  method: 'delete',
  path: '/v1/riders/me/bikes/{id}/grants/{grantId}',
  operationId: 'revokeGrant',
  summary: 'End a grant now',
  request: { params: idParams.extend({ grantId: uuid }) },
  responses: { 204: { description: 'The third party reads no more.' }, ...refusals('not_found') },
})

const listReceivedGrants = createRoute({
  method: 'get',
  path: '/v1/third-parties/me/grants',
  operationId: 'listReceivedGrants',
  ...forRole('third_party', { noPerson: 'grants to the caller, which is nobody of staff' }),
  summary: 'Which bikes riders let the caller read, newest first',
  responses: {
    200: { description: `The newest ${mostListed} that hold.`, ...json(bikeGrants) },
    ...refusals(),
  },
})

const tooMany: Problem<'too_many_grants'> = {
  reason: 'too_many_grants',
  detail: `${mostGrants} grants of the bike hold: revoke one first`,
}
const timeInvalid: Problem<'grant_time_invalid'> = {
  reason: 'grant_time_invalid',
  detail: '`until` lies in the future, two years ahead at most',
}

export function grantRoutes({ grants }: { readonly grants: BikeGrants }) {
  const routes = createRoutes()

  routes.openapi(giveGrant, async (c) => {
    const { id } = c.req.valid('param')
    const { to, scopes, until, ridesFrom } = c.req.valid('json')
    const nowMs = Date.now()
    if (until <= nowMs || until > nowMs + longestMs) return problemResponse(timeInvalid)
    const riderId = c.var.caller.subject
    const given = await grants.give({
      ...{ bikeId: id, riderId, grantee: to, scopes },
      ...{ untilMs: until, ridesFromMs: ridesFrom },
    })
    if (!('refused' in given)) return c.json(grantAnswer(given), 201)
    return problemResponse(given.refused === 'not_owner' ? noBike : tooMany)
  })

  routes.openapi(listGrants, async (c) => {
    const { id } = c.req.valid('param')
    const found = await grants.ofOwner(id, c.var.caller.subject, mostListed)
    return c.json({ grants: found.map(grantAnswer) }, 200)
  })

  routes.openapi(revokeGrant, async (c) => {
    const { id, grantId } = c.req.valid('param')
    const revoked = await grants.revoke({ bikeId: id, riderId: c.var.caller.subject, grantId })
    return revoked ? c.body(null, 204) : problemResponse(noBike)
  })

  routes.openapi(listReceivedGrants, async (c) => {
    const found = await grants.ofGrantee(c.var.caller.subject, mostListed)
    return c.json({ grants: found.map(grantAnswer) }, 200)
  })

  return routes
}

/** `{grantId, bikeId, to: 'insurer', scopes: ['rides'], from: '2026-…Z', until: '2027-…Z', ended: null, holds: true}` */
function grantAnswer({
  grantId,
  bikeId,
  grantee,
  scopes,
  grantedAtMs,
  untilMs,
  ridesFromMs,
  endedAtMs,
  holds,
}: BikeGrant) {
  return {
    ...{ grantId, bikeId, to: grantee, scopes, holds },
    ...{ from: iso(grantedAtMs), until: iso(untilMs), ridesFrom: iso(ridesFromMs) },
    ended: endedAtMs === undefined ? null : iso(endedAtMs),
  }
}
