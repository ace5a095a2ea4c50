// Doubtful statements for service staff: listed, looked at side by side, decided.

import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { uuidText } from '../../../proto/index.ts'
import type { Review, ReviewCase, ReviewOutcome } from '../../fleet/review/port.ts'
import { createHash } from '../../runtime/digest.ts'
import { etagOf, jsonWithEtag } from '../etag.ts'
import type { Variables } from '../port.ts'
import { isProblem, type Problem, problemResponse } from '../problem.ts'
import { parseId, parseIdempotencyKey, parseIfMatch } from '../request.ts'
import { decisionAnswer, reviewAnswer, reviewsAnswer } from './fleet-answers.ts'
import { parseDecision, parseReviewFilter } from './fleet-request.ts'

const maxBytes = 65_536
const bodyTooLarge: Problem = { reason: 'body_too_large', detail: 'a decision takes at most 65,536 bytes' }
const noStatement: Problem = { reason: 'not_found', detail: 'no such statement is known' }
const changed: Problem = { reason: 'review_changed', detail: 'read it again, and decide about that' }

export function reviewRoutes(review: Review): Hono<{ Variables: Variables }> {
  const routes = new Hono<{ Variables: Variables }>()
  const limit = bodyLimit({ maxSize: maxBytes, onError: () => problemResponse(bodyTooLarge) })

  routes.get('/', async (c) => {
    const request = parseReviewFilter(c.req.query())
    if (isProblem(request)) return problemResponse(request)
    return c.json(reviewsAnswer(await review.list(request.filter, request.page)))
  })

  routes.get('/:id', async (c) => {
    const asked = parseId(c.req.param('id'))
    if (isProblem(asked)) return problemResponse(asked)
    const found = await review.show(asked.id)
    return found === undefined ? problemResponse(noStatement) : jsonWithEtag(c, reviewAnswer(found))
  })

  routes.post('/:id/decisions', limit, async (c) => {
    const asked = parseId(c.req.param('id'))
    if (isProblem(asked)) return problemResponse(asked)
    const idempotencyKey = parseIdempotencyKey(c.req.header('idempotency-key'))
    if (isProblem(idempotencyKey)) return problemResponse(idempotencyKey)
    const ifMatch = parseIfMatch(c.req.header('if-match'))
    if (isProblem(ifMatch)) return problemResponse(ifMatch)
    const given = parseDecision(await c.req.json().catch(() => undefined))
    if (isProblem(given)) return problemResponse(given)
    const author = c.var.caller.riderId
    const decisionId = decisionIdOf([author, asked.id, idempotencyKey.key])
    const found = await review.show(asked.id)
    if (found === undefined) return problemResponse(noStatement)
    if (!isDecided(found, decisionId) && etagOf(JSON.stringify(reviewAnswer(found))) !== ifMatch.etag) {
      return problemResponse(changed)
    }
    const seen = found.judgements.at(-1)?.number ?? 0
    const outcome = await review.decide({ ...given.decision, decisionId, eventId: asked.id, author, seen })
    if (!('released' in outcome)) return problemResponse(refusal(outcome))
    return c.json(decisionAnswer(decisionId, outcome), outcome.outcome === 'decided' ? 201 : 200)
  })

  return routes
}

/** The same decision again is about what was there before it. */
function isDecided({ decisions }: ReviewCase, decisionId: string): boolean {
  return decisions.some((each) => each.decisionId === decisionId)
}

/** UUIDv8: the same author's same key for the same statement is the same decision. */
function decisionIdOf(names: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(names)).digest().subarray(0, 16)
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  return uuidText(bytes)
}

function refusal(outcome: Exclude<ReviewOutcome, { released: readonly string[] }>): Problem {
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
