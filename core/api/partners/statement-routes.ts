// Statements of partners that seal nothing themselves: the platform seals them, in the name of the partner in the token.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { mostStatements } from '../../fleet/intake/port.ts'
import type { ApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { problemResponse, refusals } from '../problem.ts'
import { json, list, uuid } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'

const largestBody = 1_048_576
const mostFaultsTold = 10

const example = {
  statements: [
    {
      statement: {
        version: 1,
        eventId: '01936f00-0000-7000-8000-000000000001',
        source: 'plant:zwickau',
        occurredAt: '2026-05-04T10:00:00Z',
        bikeSold: { frameNumber: 'FR-000001', soldAt: '2026-05-04T10:00:00Z' },
      },
      makeClaimCode: true,
    },
  ],
}

const batch = z
  .strictObject({
    statements: z
      .array(
        z.strictObject({
          statement: z
            .record(z.string(), z.unknown())
            .describe('A `mobility.fleet.v1.ManufacturingEvent` in its JSON mapping.'),
          makeClaimCode: z
            .boolean()
            .default(false)
            .describe(
              'Of a `bikeSold`: the platform makes the code of the receipt, and the answer tells it.',
            ),
        }),
      )
      .min(1)
      .max(mostStatements),
  })
  .meta({ example })

const taken = z.object({
  statements: list(
    z.discriminatedUnion('outcome', [
      z.object({
        outcome: z.literal('accepted'),
        eventId: uuid,
        statementId: uuid.describe('Under which staff see what became of it.'),
        claimCode: z.string().optional().describe('For the buyer. Nobody but the caller is told.'),
      }),
      z.object({
        outcome: z.literal('refused'),
        reason: z.enum(['statement_invalid', 'outside_grant']),
        detail: z.string(),
      }),
    ]),
  ).describe('As in the request, in the same order.'),
})

const sayStatements = createRoute({
  method: 'post',
  path: '/v1/partners/statements',
  operationId: 'sayStatements',
  ...forRole('partner', { noPerson: 'the partner’s own statements, which name no rider' }),
  summary: 'Say what happened to bikes and their parts; for partners',
  description: `Up to ${mostStatements} statements of the partner that the token names. The platform seals those that pass, and judges them later as it does those of a partner with a key of its own. Each is known by its event id: the same statement again changes nothing, and gets the same code.`,
  middleware: jsonBody(largestBody, 'a batch of statements'),
  request: { body: { required: true, ...json(batch) } },
  responses: {
    202: { description: 'At least one statement passed, and Kafka has those that did.', ...json(taken) },
    ...refusals(
      ...([
        'body_too_large',
        'body_timeout',
        'partner_unknown',
        'door_closed',
        'source_foreign',
        'statements_refused',
      ] as const),
    ),
  },
})

export interface StatementDeps {
  readonly stores: Pick<ApiStores, 'takeStatements'>
  readonly metrics: Pick<ApiMetrics, 'said'>
}

export function statementRoutes({ stores, metrics }: StatementDeps) {
  const routes = createRoutes()
  routes.openapi(sayStatements, async (c) => {
    const { partner = '' } = c.var.caller
    const said = c.req.valid('json').statements
    const answer = await stores.takeStatements(partner, said)
    if ('refused' in answer) {
      metrics.said(answer.refused, said.length)
      return problemResponse({ reason: answer.refused, detail: answer.detail })
    }
    const { statements } = answer
    for (const each of statements) metrics.said('reason' in each ? each.reason : 'accepted', 1)
    const faults = statements.flatMap((each, index) =>
      'reason' in each ? [`${index}: ${each.reason}: ${each.detail}`] : [],
    )
    if (faults.length < statements.length) return c.json({ statements }, 202)
    return problemResponse({
      reason: 'statements_refused',
      detail: faults.slice(0, mostFaultsTold).join('; '),
    })
  })
  return routes
}
