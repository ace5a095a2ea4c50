// A rider asks to be erased, sees how far it is, and takes it back in time. Afterwards who has the receipt reads what was done.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { ErasureState, FinishedErasure } from '../../riders/own-data/erasure/port.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, iso, isoOrNull, json, time, uuid } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'

const erasure = z.object({
  erasureId: uuid.describe(
    'The receipt: it names nobody. Keep it, since nothing else leads here afterwards.',
  ),
  state: z.enum(['waits', 'goes_on', 'done']).describe('Only what waits can be taken back.'),
  requestedAt: time,
  dueAt: time.nullable().describe('When it begins; null where it has begun.'),
  obstacle: z.string().nullable().describe('Why it is due and has not begun; it is tried again each minute.'),
  doneAt: time.nullable(),
  certificate: z
    .string()
    .nullable()
    .describe(
      'A JWS of what was done in which store, signed with the key of the platform; null until it is done.',
    ),
})
type ErasureAnswer = z.output<typeof erasure>

const ownErasure = z.object({
  erasure: erasure.nullable().describe('Null where the caller has asked for none.'),
})
const path = '/v1/riders/me/erasure'

const readOwnErasure = createRoute({
  ...{ method: 'get', path, operationId: 'readOwnErasure' },
  summary: 'Whether the caller is to be erased, and how far that is',
  responses: { 200: { description: 'At present.', ...json(ownErasure) }, ...refusals() },
})

const askForErasure = createRoute({
  ...{ method: 'put', path, operationId: 'askForErasure' },
  summary: 'Have all data about the caller erased, for ever, after 24 hours',
  description:
    'Until then it can be taken back. Then bikes are released, consents and grants end, and all data go; docs/riders.md says what stays and until when. Asking again changes nothing.',
  middleware: jsonBody(1_024, 'a confirmation'),
  request: {
    body: {
      required: true,
      ...json(
        z.strictObject({ confirmed: z.literal(true).describe('That the rider was told, and means it.') }),
      ),
    },
  },
  responses: {
    200: { description: 'It waits, or goes on already.', ...json(erasure) },
    ...refusals('body_too_large', 'body_timeout'),
  },
})

const takeBackErasure = createRoute({
  ...{ method: 'delete', path, operationId: 'takeBackErasure' },
  summary: 'Take back a request that has not begun',
  description: 'One that has begun goes on, and the answer says so.',
  responses: { 200: { description: 'What is left of it.', ...json(ownErasure) }, ...refusals() },
})

const readErasure = createRoute({
  method: 'get',
  path: '/v1/erasures/{id}',
  operationId: 'readErasure',
  summary: 'How far an erasure is, for whoever has its receipt',
  description: 'The answer is about nobody who could be named by it.',
  request: { params: idParams },
  responses: { 200: { description: 'At present.', ...json(erasure) }, ...refusals('not_found') },
})

const noErasure: Problem<'not_found'> = {
  reason: 'not_found',
  detail: 'there is no such erasure, or it was taken back',
}

const delayMs = 24 * 3_600_000

export function erasureRoutes({ erasures, certify }: Pick<ApiStores, 'erasures' | 'certify'>) {
  const routes = createRoutes()

  async function answer({ finished, ...state }: ErasureState): Promise<ErasureAnswer> {
    return {
      ...{ erasureId: state.erasureId, state: state.state, requestedAt: iso(state.requestedAtMs) },
      ...{ dueAt: isoOrNull(state.dueAtMs), obstacle: state.obstacle },
      ...(await done(finished)),
    }
  }
  async function done(finished: FinishedErasure | undefined) {
    if (finished === undefined) return { doneAt: null, certificate: null }
    return { doneAt: iso(finished.doneAtMs), certificate: await certify(finished) }
  }
  async function answerFor(riderId: string) {
    const state = await erasures.ofRider(riderId)
    return { erasure: state === undefined ? null : await answer(state) }
  }

  routes.openapi(readOwnErasure, async (c) => c.json(await answerFor(c.var.caller.subject), 200))

  routes.openapi(askForErasure, async (c) =>
    c.json(await answer(await erasures.ask(c.var.caller.subject, delayMs)), 200),
  )

  routes.openapi(takeBackErasure, async (c) => {
    await erasures.takeBack(c.var.caller.subject)
    return c.json(await answerFor(c.var.caller.subject), 200)
  })

  routes.openapi(readErasure, async (c) => {
    const state = await erasures.find(c.req.valid('param').id)
    return state === undefined ? problemResponse(noErasure) : c.json(await answer(state), 200)
  })

  return routes
}
