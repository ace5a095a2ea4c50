// A rider's consents: to which purpose, to which text, since when; giving one and ending it.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { isOpen } from '../../riders/consent/consents.ts'
import {
  type ConsentAct,
  type ConsentRefusal,
  type ConsentState,
  type Consents,
  consentActs,
  mostActs,
  purposes,
} from '../../riders/consent/port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { isoOrNull, json, list, moment, text, time } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'

const purpose = z.enum(purposes)
const purposeParams = z.object({ purpose })

const act = z.object({
  at: time,
  act: z.enum(consentActs),
  from: time.nullable().describe('A consent also holds for what happened since then; null: ever.'),
  textVersion: z.string().nullable().describe('The text that was shown; null where none is known.'),
  by: z.string().describe('`rider`, or `console:` with the user.'),
})

const consent = z.object({
  purpose: purpose.describe(
    '`research`: researchers see rides without the name. `product`: estimates for all riders learn from them.',
  ),
  given: z.boolean(),
  since: time
    .nullable()
    .describe('The consent also holds for what happened since then. Null: ever, or not given.'),
  text: z
    .object({ version: z.string(), byLanguage: z.record(z.string(), z.string()) })
    .describe('The text that holds now, by language tag. Show it before you ask.'),
  history: list(act).describe(`Newest first, the newest ${mostActs}.`),
})

const listConsents = createRoute({
  method: 'get',
  path: '/v1/riders/me/consents',
  operationId: 'listConsents',
  summary: 'To what the caller consents, and what the caller gave and withdrew',
  responses: {
    200: { description: 'One for each purpose.', ...json(z.object({ consents: list(consent) })) },
    ...refusals(),
  },
})

const giveConsent = createRoute({
  method: 'put',
  path: '/v1/riders/me/consents/{purpose}',
  operationId: 'giveConsent',
  summary: 'Consent to a purpose, from now on or also for what happened before',
  description: 'It counts at once. Giving what is given already changes nothing.',
  middleware: jsonBody(1_024, 'a consent'),
  request: {
    params: purposeParams,
    body: {
      required: true,
      ...json(
        z.strictObject({
          textVersion: text({ max: 64 }).describe('The version that the caller was shown.'),
          from: moment
            .transform((ms) => new Date(ms))
            .optional()
            .describe('Also for what happened since then; not in the future.'),
        }),
      ),
    },
  },
  responses: {
    200: { description: 'The consent holds.', ...json(consent) },
    ...refusals('body_too_large', 'body_timeout', 'text_outdated', 'consent_in_future', 'too_many_consents'),
  },
})

const withdrawConsent = createRoute({
  method: 'delete',
  path: '/v1/riders/me/consents/{purpose}',
  operationId: 'withdrawConsent',
  summary: 'End a consent now, also for what happened before',
  description: 'The answer is the same when there was none.',
  request: { params: purposeParams },
  responses: { 200: { description: 'The consent does not hold.', ...json(consent) }, ...refusals() },
})

const problemOf = {
  text_outdated: {
    reason: 'text_outdated',
    detail: 'the text is not the one that holds now: show the new one, and ask again',
  },
  consent_in_future: {
    reason: 'consent_in_future',
    detail: '`from` lies ahead: a consent begins now or before',
  },
  too_many_consents: {
    reason: 'too_many_consents',
    detail: 'the consent was given twenty times in 24 hours; withdrawing it is always possible',
  },
} as const satisfies Record<ConsentRefusal, Problem>

/** The first of the consents of today leaves the count after a day at most; an hour is soon enough to try again. */
const retryAfter = { 'retry-after': '3600' }

export function consentRoutes({ consents }: { readonly consents: Consents }) {
  const routes = createRoutes()
  const answerOf = async (riderId: string, purpose: ConsentState['purpose']) => {
    const state = (await consents.statesOf(riderId)).find((each) => each.purpose === purpose)
    if (state === undefined) throw new Error(`the store knows no purpose ${purpose}`)
    return consentAnswer(state)
  }

  routes.openapi(listConsents, async (c) => {
    const states = await consents.statesOf(c.var.caller.subject)
    return c.json({ consents: states.map(consentAnswer) }, 200)
  })

  routes.openapi(giveConsent, async (c) => {
    const { purpose } = c.req.valid('param')
    const riderId = c.var.caller.subject
    const refused = await consents.give({ riderId, purpose, ...c.req.valid('json') })
    if (refused === 'too_many_consents') return problemResponse(problemOf[refused], retryAfter)
    if (refused !== undefined) return problemResponse(problemOf[refused])
    return c.json(await answerOf(riderId, purpose), 200)
  })

  routes.openapi(withdrawConsent, async (c) => {
    const { purpose } = c.req.valid('param')
    const riderId = c.var.caller.subject
    await consents.withdraw({ riderId, purpose })
    return c.json(await answerOf(riderId, purpose), 200)
  })

  return routes
}

/** `{purpose: 'research', given: true, since: '2026-…Z', text: {version: '1', byLanguage: {en: '…'}}, history: […]}` */
function consentAnswer({ purpose, stretches, acts, text }: ConsentState) {
  const open = stretches.find(isOpen)
  return {
    ...{ purpose, text, given: open !== undefined },
    since: isoOrNull(open && open.fromUs / 1_000),
    history: acts.map(actAnswer),
  }
}

function actAnswer({ act, atMs, effectiveFromMs, textVersion, by }: ConsentAct) {
  const at = new Date(atMs).toISOString()
  return { ...{ at, act, by }, from: isoOrNull(effectiveFromMs), textVersion: textVersion ?? null }
}
