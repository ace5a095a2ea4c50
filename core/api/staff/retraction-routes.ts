// Taking back an applied statement: one member of staff proposes it, another one approves it.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { type ProposingDeps, proposeRetraction, retractionFault } from '../../fleet/retraction/proposals.ts'
import { problemResponse, refusals } from '../problem.ts'
import { idParams, json, text } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { proposal, proposalAnswer } from './proposal-routes.ts'

const postRetraction = createRoute({
  method: 'post',
  path: '/v1/fleet/statements/{id}/retraction',
  operationId: 'proposeRetraction',
  ...forRole('decide', { noPerson: 'ids and states of statements' }),
  summary: 'Propose to take back an applied statement; for staff',
  description:
    'What the statement is connected with is judged again as if it had never come, once another member of staff approves.',
  middleware: jsonBody(8_192, 'a retraction'),
  request: {
    params: idParams,
    body: { required: true, ...json(z.strictObject({ reason: text({ visible: 3, max: 2_000 }) })) },
  },
  responses: {
    201: { description: 'It waits for another member of staff to approve it.', ...json(proposal) },
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'review_closed', 'decision_invalid'),
  },
})

export function retractionRoutes(deps: ProposingDeps) {
  const routes = createRoutes()
  routes.openapi(postRetraction, async (c) => {
    const proposedBy = `staff:${c.var.caller.subject}`
    const proposed = { ...c.req.valid('json'), proposalId: crypto.randomUUID(), proposedBy }
    const { id: eventId } = c.req.valid('param')
    const answer = await proposeRetraction({ cause: 'retract', eventId }, proposed, deps)
    if ('proposal' in answer) return c.json(proposalAnswer(answer.proposal), 201)
    const { refused } = answer
    return problemResponse({ reason: problems[refused.outcome], detail: retractionFault(refused) })
  })
  return routes
}

const problems = {
  statement_unknown: 'not_found',
  key_unknown: 'not_found',
  too_many: 'decision_invalid',
  not_applied: 'review_closed',
  repeated: 'review_closed',
} as const
