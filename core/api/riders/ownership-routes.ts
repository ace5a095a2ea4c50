// A rider's bikes: claiming one with a code, offering it to the next owner, giving it up, and what others did with it.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { claimCodeCharacters } from '../../../proto/codec/claim-code.ts'
import type { OwnershipService, RefusalReason } from '../../riders/ownership/port.ts'
import { addressOf } from '../caller-address.ts'
import type { ApiMetrics } from '../metrics.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, isoOrNull, json, moment, text, uuid } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { noBike } from './access.ts'
import {
  endedOwnership,
  madeOffer,
  noticeAnswer,
  notices,
  objection,
  offerAnswer,
  ownedBike,
  riderBikeAnswer,
  riderBikes,
} from './ownership-answers.ts'

/** As many as a token of the edge names. */
export const mostBikes = 2_000
const mostNotices = 200

const listBikes = createRoute({
  method: 'get',
  path: '/v1/riders/me/bikes',
  operationId: 'listOwnBikes',
  summary: 'The bikes that are or were the caller’s',
  responses: { 200: { description: `At most ${mostBikes}.`, ...json(riderBikes) }, ...refusals() },
})

const code = z
  .string()
  .max(64)
  .refine((typed) => claimCodeCharacters(typed) !== undefined, 'no code: it has 16 letters and digits')
  .describe(
    'However it is typed: capitals, spaces and dashes do not matter, `O` is `0`, `I` and `L` are `1`.',
  )

const claim = createRoute({
  method: 'post',
  path: '/v1/riders/me/claims',
  operationId: 'claimBike',
  summary: 'Become the owner of a bike, with the code of the receipt or of the former owner’s offer',
  description:
    'Ten tries an hour, for an account and for an address. One answer for a code that is unknown, used, too old, or of no use for this bike. The code that made the caller the owner may be sent again.',
  middleware: jsonBody(1_024, 'a claim'),
  request: { body: { required: true, ...json(z.strictObject({ code })) } },
  responses: {
    201: { description: 'The bike is the caller’s, from then on.', ...json(ownedBike) },
    ...refusals('body_too_large', 'body_timeout', 'code_refused', 'too_many_tries'),
  },
})

const makeOffer = createRoute({
  method: 'post',
  path: '/v1/riders/me/bikes/{id}/offers',
  operationId: 'offerBike',
  summary: 'Offer a bike to whoever gets the code; a former offer ends',
  middleware: jsonBody(1_024, 'an offer'),
  request: {
    params: idParams,
    body: {
      required: true,
      ...json(
        z.strictObject({
          from: moment
            .optional()
            .describe('When the bike was handed over, not in the future; else it is when the code is used.'),
        }),
      ),
    },
  },
  responses: {
    201: { description: 'For 14 days, unless it is withdrawn.', ...json(madeOffer) },
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'offer_in_future', 'contested'),
  },
})

const withdrawOffer = createRoute({
  method: 'delete',
  path: '/v1/riders/me/bikes/{id}/offers/{offerId}',
  operationId: 'withdrawOffer',
  summary: 'Take back an offer: its code is of no use from now on',
  request: { params: idParams.extend({ offerId: uuid }) },
  responses: { 204: { description: 'It is no offer any more.' }, ...refusals('not_found') },
})

const release = createRoute({
  method: 'post',
  path: '/v1/riders/me/bikes/{id}/release',
  operationId: 'releaseBike',
  summary: 'Give a bike up, as to a dealer: from now on nobody owns it',
  request: { params: idParams },
  responses: {
    200: { description: 'It was the caller’s until then.', ...json(endedOwnership) },
    ...refusals('not_found', 'contested'),
  },
})

const listNotices = createRoute({
  method: 'get',
  path: '/v1/riders/me/notices',
  operationId: 'listNotices',
  summary: 'What others did with the caller’s bikes, newest first',
  responses: { 200: { description: `The newest ${mostNotices}.`, ...json(notices) }, ...refusals() },
})

const objectToCase = createRoute({
  method: 'post',
  path: '/v1/riders/me/cases/{id}/objection',
  operationId: 'objectToCase',
  summary: 'Object to what staff say of a bike of the caller’s: staff decide again',
  middleware: jsonBody(8_192, 'an objection'),
  request: {
    params: idParams,
    body: { required: true, ...json(z.strictObject({ reason: text({ visible: 3, max: 2_000 }) })) },
  },
  responses: {
    200: { description: 'Staff will see it.', ...json(objection) },
    ...refusals('not_found', 'body_too_large', 'body_timeout'),
  },
})

const problemOf = {
  code_refused: { reason: 'code_refused', detail: 'the code gives you no bike' },
  not_owner: noBike,
  contested: { reason: 'contested', detail: 'it is disputed whose the bike is: see the notices' },
  offer_in_future: {
    reason: 'offer_in_future',
    detail: '`from` lies ahead: offer the bike when it is handed over',
  },
  no_case: { reason: 'not_found', detail: 'there is no such case to which you may object (any more)' },
  too_many_tries: {
    reason: 'too_many_tries',
    detail: 'ten tries an hour, for an account and for an address',
  },
} as const satisfies Record<RefusalReason, Problem>

/** Whoever comes back at once is refused again. */
const retryAfterTries = { 'retry-after': '3600' }

export interface OwnershipRoutesDeps {
  readonly ownership: OwnershipService
  readonly metrics: Pick<ApiMetrics, 'claimed'>
  readonly trustedProxies: number
}

export function ownershipRoutes({ ownership, metrics, trustedProxies }: OwnershipRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(listBikes, async (c) => {
    const bikes = await ownership.bikesOf(c.var.caller.subject, mostBikes)
    return c.json({ bikes: bikes.map(riderBikeAnswer) }, 200)
  })

  routes.openapi(claim, async (c) => {
    const address = addressOf(c, trustedProxies)
    const claimed = await ownership.claim({ riderId: c.var.caller.subject, address, ...c.req.valid('json') })
    if ('refused' in claimed) {
      metrics.claimed(claimed.refused)
      return claimed.refused === 'too_many_tries'
        ? problemResponse(problemOf.too_many_tries, retryAfterTries)
        : problemResponse(problemOf.code_refused)
    }
    metrics.claimed('claimed')
    return c.json({ bikeId: claimed.bikeId, from: isoOrNull(claimed.fromMs) }, 201)
  })

  routes.openapi(makeOffer, async (c) => {
    const { id } = c.req.valid('param')
    const asked = { bikeId: id, riderId: c.var.caller.subject, beginsAtMs: c.req.valid('json').from }
    const made = await ownership.offer(asked)
    if ('code' in made) return c.json({ ...offerAnswer(made), code: made.code }, 201)
    if (made.refused === 'offer_in_future') return problemResponse(problemOf.offer_in_future)
    return problemResponse(made.refused === 'contested' ? problemOf.contested : noBike)
  })

  routes.openapi(withdrawOffer, async (c) => {
    const { id, offerId } = c.req.valid('param')
    const withdrawn = await ownership.withdraw({ bikeId: id, riderId: c.var.caller.subject, offerId })
    return withdrawn === true ? c.body(null, 204) : problemResponse(noBike)
  })

  routes.openapi(release, async (c) => {
    const { id } = c.req.valid('param')
    const released = await ownership.release({ bikeId: id, riderId: c.var.caller.subject })
    if (!('refused' in released)) {
      return c.json({ bikeId: id, until: new Date(released.fromMs).toISOString() }, 200)
    }
    return problemResponse(released.refused === 'contested' ? problemOf.contested : noBike)
  })

  routes.openapi(listNotices, async (c) => {
    const found = await ownership.noticesOf(c.var.caller.subject, mostNotices)
    return c.json({ notices: found.map(noticeAnswer) }, 200)
  })

  routes.openapi(objectToCase, async (c) => {
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const found = await ownership.object({ caseId: id, riderId: c.var.caller.subject, objection: reason })
    return 'refused' in found
      ? problemResponse(problemOf.no_case)
      : c.json({ caseId: found.caseId, state: found.state }, 200)
  })

  return routes
}
