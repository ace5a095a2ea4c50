// Proposals of staff, listed, read and decided by a second person.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  type ApprovalRefusal,
  type Approvals,
  type Proposal,
  proposalKinds,
  proposalStates,
} from '../../staff/approvals/port.ts'
import { stateOf } from '../../staff/approvals/rules.ts'
import { whoseProposals } from '../../staff/approvals/text.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { anyObject, idParams, iso, json, list, page, text, time, uuid } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'

const words = z.string()
const effect = z.object({ who: words, change: z.enum(['gains', 'loses']), what: words })
const outcome = z.object({ done: z.boolean(), detail: words })
export const proposal = z
  .object({
    ...{ proposalId: uuid, kind: z.enum(proposalKinds), subject: words, payload: anyObject },
    effects: list(effect).describe('Who gains and who loses what.'),
    ...{ reason: words, proposedBy: words, proposedAt: time, expiresAt: time, state: z.enum(proposalStates) },
    decision: z.object({ by: words, reason: words, at: time }).nullable(),
    outcome: outcome.nullable().describe('What came of it; null until it was carried out.'),
  })
  .meta({ id: 'Proposal' })

const listProposals = createRoute({
  method: 'get',
  ...forRole('read', { personal: true }),
  path: '/v1/staff/proposals',
  operationId: 'listProposals',
  summary: 'What waits for a second person; for staff',
  request: {
    query: z.strictObject({
      state: z.enum(['open', 'all']).default('open').describe('Neither decided nor expired, or all.'),
      ...page,
    }),
  },
  responses: {
    200: {
      description: 'Oldest first.',
      ...json(z.object({ proposals: list(proposal), next: words.nullable() })),
    },
    ...refusals(),
  },
})

const readProposal = createRoute({
  method: 'get',
  ...forRole('read', { personal: true }),
  path: '/v1/staff/proposals/{id}',
  operationId: 'readProposal',
  summary: 'A proposal with who gains and loses what; for staff',
  request: { params: idParams },
  responses: { 200: { description: 'As it is now.', ...json(proposal) }, ...refusals('not_found') },
})

const why = z.strictObject({ reason: text({ max: 2_000 }) })
const decided = { 200: { description: 'Decided. An approved one was carried out.', ...json(proposal) } }

const approveProposal = createRoute({
  method: 'post',
  ...forRole('approve', { personal: true }),
  path: '/v1/staff/proposals/{id}/approval',
  operationId: 'approveProposal',
  summary: 'Approve what somebody else proposed, which carries it out; for staff',
  description: 'The same approval again changes nothing; where the first was cut off, it goes on with it.',
  middleware: jsonBody(8_192, 'an approval'),
  request: { params: idParams, body: { required: true, ...json(why) } },
  responses: {
    ...decided,
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'second_person_needed', 'proposal_closed'),
  },
})

const rejectProposal = createRoute({
  method: 'post',
  ...forRole('approve', { personal: true }),
  path: '/v1/staff/proposals/{id}/rejection',
  operationId: 'rejectProposal',
  summary: 'Reject a proposal, or take back your own; for staff',
  middleware: jsonBody(8_192, 'a rejection'),
  request: { params: idParams, body: { required: true, ...json(why) } },
  responses: {
    ...decided,
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'second_person_needed', 'proposal_closed'),
  },
})

export function proposalRoutes(approvals: Approvals) {
  const routes = createRoutes()

  routes.openapi(listProposals, async (c) => {
    const { state, limit, cursor } = c.req.valid('query')
    const found = await approvals.list(
      { isOpen: state === 'open' },
      { limit, ...(cursor !== undefined && { cursor }) },
    )
    c.set('shown', whoseProposals(found.proposals))
    return c.json({ proposals: found.proposals.map(proposalAnswer), next: found.nextCursor ?? null }, 200)
  })

  routes.openapi(readProposal, async (c) => {
    const found = await approvals.find(c.req.valid('param').id)
    if (found === undefined) return problemResponse(noProposal)
    c.set('shown', whoseProposals([found]))
    return c.json(proposalAnswer(found), 200)
  })

  const decide = (verdict: 'approved' | 'rejected') => (id: string, subject: string, reason: string) =>
    approvals.decide(id, { verdict, by: `staff:${subject}`, reason })
  const approve = decide('approved')
  const reject = decide('rejected')

  routes.openapi(approveProposal, async (c) => {
    const result = await approve(c.req.valid('param').id, c.var.caller.subject, c.req.valid('json').reason)
    if ('unknown' in result) return problemResponse(noProposal)
    if ('refused' in result) return problemResponse(refusal(result.refused))
    c.set('shown', { ...whoseProposals([result.proposal]), reason: c.req.valid('json').reason })
    return c.json(proposalAnswer(result.proposal), 200)
  })

  routes.openapi(rejectProposal, async (c) => {
    const result = await reject(c.req.valid('param').id, c.var.caller.subject, c.req.valid('json').reason)
    if ('unknown' in result) return problemResponse(noProposal)
    if ('refused' in result) return problemResponse(refusal(result.refused))
    c.set('shown', { ...whoseProposals([result.proposal]), reason: c.req.valid('json').reason })
    return c.json(proposalAnswer(result.proposal), 200)
  })

  return routes
}

const noProposal: Problem<'not_found'> = { reason: 'not_found', detail: 'no such proposal is known' }

function refusal(refused: ApprovalRefusal): Problem<'second_person_needed' | 'proposal_closed'> {
  if (refused === 'proposal_closed')
    return { reason: 'proposal_closed', detail: 'it was decided before, or its time is over' }
  return { reason: 'second_person_needed', detail: 'who proposed it cannot approve it' }
}

export function proposalAnswer(stored: Proposal): z.output<typeof proposal> {
  const { proposedAtMs, expiresAtMs, decision, outcome: came, ...rest } = stored
  return {
    ...rest,
    proposedAt: iso(proposedAtMs),
    expiresAt: iso(expiresAtMs),
    state: stateOf(stored, Date.now()),
    decision:
      decision === undefined ? null : { by: decision.by, reason: decision.reason, at: iso(decision.atMs) },
    outcome: came ?? null,
  }
}
