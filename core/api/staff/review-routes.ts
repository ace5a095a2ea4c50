// Doubtful statements for service staff: listed, looked at side by side, decided.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Review, ReviewCase, ReviewOutcome } from '../../fleet/review/port.ts'
import { decisionProposal, isProposalOf } from '../../fleet/review/proposal.ts'
import { whoseCase } from '../../fleet/review/shown.ts'
import { idOf } from '../../fleet/statements/statement-id.ts'
import { readSubject } from '../../fleet/statements/subjects.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { etagHeaders, etagOf, ifMatch, ifNoneMatch, isSame, jsonWithEtag, unchanged } from '../etag.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idempotencyKey, idParams, json, page, text, uuid } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { proposal, proposalAnswer } from './proposal-routes.ts'
import {
  decisionAnswer,
  decisionOutcome,
  reason,
  reviewAnswer,
  reviewCase,
  reviewList,
  reviewsAnswer,
} from './review-answers.ts'

const listReviews = createRoute({
  method: 'get',
  ...forRole('read', { noPerson: 'numbers and findings of statements, without their text' }),
  path: '/v1/fleet/reviews',
  operationId: 'listReviews',
  summary: 'Statements that wait for a decision, or were refused; for service staff',
  request: {
    query: z.strictObject({
      state: z.enum(['held', 'refused']).default('held').describe('Which of both.'),
      reason: reason.optional().describe('Only with this finding.'),
      source: text({ max: 256 }).optional().describe('Only from there: `plant:dresden`.'),
      subject: text({ max: 256 })
        .overwrite(readSubject)
        .optional()
        .describe('Only about this: `frame:…`, `bike:…`, `battery:…`, the number however it is typed.'),
      ...page,
    }),
  },
  responses: {
    200: {
      description: 'Oldest first.',
      links: {
        readReview: { operationId: 'readReview', parameters: { id: '$response.body#/statements/0/eventId' } },
      },
      ...json(reviewList),
    },
    ...refusals(),
  },
})

const readReview = createRoute({
  method: 'get',
  ...forRole('read', { personal: true }),
  path: '/v1/fleet/reviews/{id}',
  operationId: 'readReview',
  summary:
    'A statement beside others about the same things, with its findings and likely fixes; for service staff',
  request: { params: idParams, headers: ifNoneMatch },
  responses: {
    200: {
      description: 'Suggestions: likeliest first.',
      headers: etagHeaders,
      links: {
        decide: {
          operationId: 'decideReview',
          parameters: { id: '$response.body#/eventId', 'if-match': '$response.header.ETag' },
        },
      },
      ...json(reviewCase),
    },
    ...unchanged,
    ...refusals('not_found'),
  },
})

const why = { reason: text({ max: 2_000 }) }
const patch = z
  .record(z.string(), z.json())
  .meta({ type: 'object', description: 'Merge patch (RFC 7396) of the statement in its JSON mapping.' })
const decision = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.enum(['accept', 'reject']), ...why }),
  z.strictObject({ verdict: z.literal('correct'), ...why, correction: patch }),
  z.strictObject({
    ...{ verdict: z.literal('merge'), ...why },
    mergeInto: uuid.describe('Component that the doubtful serial number means.'),
  }),
])

const readAs = ifMatch.describe(
  'The `ETag` of the statement as you read it, or several: a decision is about that, or 412. `*`: as it is now.',
)

const decideReview = createRoute({
  method: 'post',
  ...forRole('decide', { noPerson: 'the caller’s own decision, and ids of bikes that it touches' }),
  path: '/v1/fleet/reviews/{id}/decisions',
  operationId: 'decideReview',
  summary: 'Decide about a statement; for service staff',
  description:
    'The statement, and whatever waited for it, is judged anew: `released` names what was applied in consequence. The author is the subject of the token.',
  middleware: jsonBody(65_536, 'a decision'),
  request: {
    params: idParams,
    headers: z.object({ 'idempotency-key': idempotencyKey, 'if-match': readAs }),
    body: { required: true, ...json(decision) },
  },
  responses: {
    202: {
      description:
        'It touches ownership: it waits for another member of staff to approve it, under the id of this proposal.',
      ...json(proposal),
    },
    201: { description: 'Decided.', ...json(decisionOutcome) },
    200: { description: 'You decided so before; nothing has changed.', ...json(decisionOutcome) },
    ...refusals(
      'not_found',
      'body_too_large',
      'body_timeout',
      'review_closed',
      'review_changed',
      'decision_invalid',
      'idempotency_key_reused',
    ),
  },
})

const noStatement: Problem<'not_found'> = { reason: 'not_found', detail: 'no such statement is known' }
const changed: Problem<'review_changed'> = {
  reason: 'review_changed',
  detail: 'read it again, and decide about that',
}

export interface ReviewRoutesDeps {
  readonly review: Review
  readonly approvals: Pick<Approvals, 'propose'>
}

export function reviewRoutes({ review, approvals }: ReviewRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(listReviews, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    return c.json(reviewsAnswer(await review.list(filter, { limit, cursor })), 200)
  })

  routes.openapi(readReview, async (c) => {
    const found = await review.show(c.req.valid('param').id)
    if (found === undefined) return problemResponse(noStatement)
    c.set('shown', whoseCase(found))
    return jsonWithEtag(c, reviewAnswer(found))
  })

  routes.openapi(decideReview, async (c) => {
    const eventId = c.req.valid('param').id
    const { 'idempotency-key': key, 'if-match': etag } = c.req.valid('header')
    const author = c.var.caller.subject
    // The same author's same key for the same statement is the same decision.
    const decisionId = idOf(Buffer.from(JSON.stringify([author, eventId, key])))
    const found = await review.show(eventId)
    if (found === undefined) return problemResponse(noStatement)
    if (!isDecided(found, decisionId) && !isSame(etag, etagOf(JSON.stringify(reviewAnswer(found))))) {
      return problemResponse(changed)
    }
    const seen = found.judgements.at(-1)?.number ?? 0
    const request = { ...c.req.valid('json'), decisionId, eventId, author, seen }
    const outcome = await review.decide(request)
    if (outcome.outcome === 'approval_needed') {
      const asked = { request, effects: outcome.effects, proposedBy: `staff:${author}` }
      const stored = await approvals.propose(decisionProposal(asked))
      return isProposalOf(stored, request)
        ? c.json(proposalAnswer(stored), 202)
        : problemResponse(refusal({ outcome: 'decision_id_reused' }))
    }
    if (!('released' in outcome)) return problemResponse(refusal(outcome))
    return c.json(decisionAnswer(decisionId, outcome), outcome.outcome === 'decided' ? 201 : 200)
  })

  return routes
}

/** The same decision again is about what was there before it. */
function isDecided({ decisions }: ReviewCase, decisionId: string): boolean {
  return decisions.some((each) => each.decisionId === decisionId)
}

function refusal(
  outcome: Exclude<ReviewOutcome, { released: readonly string[] } | { outcome: 'approval_needed' }>,
): Problem<'not_found' | 'review_closed' | 'review_changed' | 'decision_invalid' | 'idempotency_key_reused'> {
  switch (outcome.outcome) {
    case 'statement_unknown':
      return noStatement
    case 'not_open':
      return { reason: 'review_closed', detail: `the statement is ${outcome.state}` }
    case 'changed':
      return changed
    case 'decision_id_reused':
      return {
        reason: 'idempotency_key_reused',
        detail: 'you made another decision about this statement with this Idempotency-Key',
      }
    case 'invalid':
      return { reason: 'decision_invalid', detail: outcome.detail }
  }
}
