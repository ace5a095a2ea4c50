// Ownership cases: one member of staff proposes, another one approves; the owner may object. See core/riders/ownership/cases.ts.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { caseProposal, settlementProposal, whoseCases } from '../../riders/ownership/case-proposals.ts'
import { caseStates, type OwnershipService } from '../../riders/ownership/port.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { whoseProposals } from '../../staff/approvals/text.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, iso, json, list, moment, text, time, uuid } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { proposal, proposalAnswer } from './proposal-routes.ts'

const mostCases = 200
const reason = text({ visible: 3, max: 2_000 })

const shownCase = z.object({
  ...{ caseId: uuid, bikeId: uuid, state: z.enum(caseStates), openedAt: time, objectUntil: time },
  reason: z.string(),
  objection: z.string().nullable().describe('What the owner says to it.'),
})

const listCases = createRoute({
  method: 'get',
  path: '/v1/staff/ownership-cases',
  operationId: 'listOwnershipCases',
  ...forRole('decide', { personal: true }),
  summary: 'Cases in which something is to be decided; for staff. They name no rider',
  responses: {
    200: { description: `The oldest ${mostCases}.`, ...json(z.object({ cases: list(shownCase) })) },
    ...refusals(),
  },
})

const proposed = {
  201: { description: 'It waits for another member of staff to approve it.', ...json(proposal) },
}

const proposeCase = createRoute({
  method: 'post',
  path: '/v1/staff/ownership-cases',
  operationId: 'proposeOwnershipCase',
  ...forRole('decide', { personal: true }),
  summary: 'Propose that a bike is another rider’s; for staff',
  middleware: jsonBody(8_192, 'a case'),
  request: {
    body: {
      required: true,
      ...json(
        z.strictObject({
          bikeId: uuid,
          newRiderId: text({ max: 255 }).nullable().describe('Null where nobody shall own it.'),
          from: moment
            .optional()
            .describe('From when; else since it takes effect. Never before it was the present owner’s.'),
          reason,
        }),
      ),
    },
  },
  responses: { ...proposed, ...refusals('not_found', 'body_too_large', 'body_timeout') },
})

const proposeSettlement = createRoute({
  method: 'post',
  path: '/v1/staff/ownership-cases/{id}/settlement',
  operationId: 'proposeSettlement',
  ...forRole('decide', { personal: true }),
  summary: 'Propose to uphold a case after an objection, or to dismiss it; for staff',
  middleware: jsonBody(8_192, 'a settlement'),
  request: {
    params: idParams,
    body: {
      required: true,
      ...json(z.strictObject({ verdict: z.enum(['uphold', 'dismiss']), reason })),
    },
  },
  responses: { ...proposed, ...refusals('not_found', 'body_too_large', 'body_timeout') },
})

const noBike: Problem<'not_found'> = { reason: 'not_found', detail: 'no such bike is registered' }
const noCase: Problem<'not_found'> = { reason: 'not_found', detail: 'no such case is open' }

export interface StaffOwnershipDeps {
  readonly ownership: Pick<OwnershipService, 'openCases' | 'ownerOf'>
  readonly approvals: Pick<Approvals, 'propose'>
  isRegistered(bikeId: string): Promise<boolean>
}

export function staffOwnershipRoutes({ ownership, approvals, isRegistered }: StaffOwnershipDeps) {
  const routes = createRoutes()

  routes.openapi(listCases, async (c) => {
    const open = await ownership.openCases(mostCases)
    const cases = open.map((each) => ({
      ...{ caseId: each.caseId, bikeId: each.bikeId, state: each.state, reason: each.reason },
      ...{ openedAt: iso(each.openedAtMs), objectUntil: iso(each.objectUntilMs) },
      objection: each.objection ?? null,
    }))
    c.set('shown', whoseCases(open))
    return c.json({ cases }, 200)
  })

  routes.openapi(proposeCase, async (c) => {
    const { bikeId, newRiderId, from, reason: why } = c.req.valid('json')
    if (!(await isRegistered(bikeId))) return problemResponse(noBike)
    const asked = caseProposal({
      ...{ proposalId: crypto.randomUUID(), reason: why, proposedBy: `staff:${c.var.caller.subject}` },
      ...{ bikeId, ownerId: await ownership.ownerOf(bikeId) },
      ...{ newRiderId: newRiderId ?? undefined, beginsAtMs: from },
    })
    const stored = await approvals.propose(asked)
    c.set('shown', { ...whoseProposals([stored]), reason: why })
    return c.json(proposalAnswer(stored), 201)
  })

  routes.openapi(proposeSettlement, async (c) => {
    const { id } = c.req.valid('param')
    const about = (await ownership.openCases(mostCases)).find(({ caseId }) => caseId === id)
    if (about === undefined) return problemResponse(noCase)
    const { verdict, reason: why } = c.req.valid('json')
    const proposedBy = `staff:${c.var.caller.subject}`
    const settlement = { proposalId: crypto.randomUUID(), reason: why, proposedBy, about, verdict }
    const asked = settlementProposal(settlement)
    const stored = await approvals.propose(asked)
    c.set('shown', { ...whoseProposals([stored]), reason: why })
    return c.json(proposalAnswer(stored), 201)
  })

  return routes
}
