// Taking back an applied statement: one member of staff proposes it, another one approves it.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Retraction } from '../../fleet/retraction/port.ts'
import { retractionFault, retractionProposal } from '../../fleet/retraction/proposals.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { problemResponse, refusals } from '../problem.ts'
import { idParams, json, text } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { proposal, proposalAnswer } from './proposal-routes.ts'

const proposeRetraction = createRoute({
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
    ...refusals('not_found', 'body_too_large', 'review_closed', 'decision_invalid'),
  },
})

export interface RetractionDeps {
  readonly retraction: Pick<Retraction, 'preview'>
  readonly approvals: Pick<Approvals, 'propose'>
}

export function retractionRoutes({ retraction, approvals }: RetractionDeps) {
  const routes = createRoutes()
  routes.openapi(proposeRetraction, async (c) => {
    const { id } = c.req.valid('param')
    const preview = await retraction.preview([id])
    if (preview.outcome !== 'retracted') {
      const detail = retractionFault(preview)
      if (preview.outcome === 'statement_unknown') return problemResponse({ reason: 'not_found', detail })
      const reason = preview.outcome === 'too_many' ? 'decision_invalid' : 'review_closed'
      return problemResponse({ reason, detail })
    }
    const proposedBy = `staff:${c.var.caller.subject}`
    const { reason } = c.req.valid('json')
    const asked = retractionProposal(id, preview, { proposalId: crypto.randomUUID(), reason, proposedBy })
    return c.json(proposalAnswer(await approvals.propose(asked)), 201)
  })
  return routes
}
