// Who of staff looked at a rider's data, for the rider.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { AccessLog, RiderAccess } from '../../staff/access-log/port.ts'
import { refusals } from '../problem.ts'
import { json, list, page, time, uuid } from '../request.ts'
import { createRoutes } from '../routes.ts'

const access = z.object({
  at: time,
  who: z.string().describe('`staff:` with the subject of the token, or `console:` with the user.'),
  operation: z.string().describe('The operation of this contract, or the command.'),
  reason: z.string().describe('What the member of staff gave as reason.'),
  bikes: list(uuid).describe('Those of the caller that it was about.'),
})

const listAccesses = createRoute({
  method: 'get',
  path: '/v1/riders/me/accesses',
  operationId: 'listAccesses',
  summary: 'Who of staff looked at data of the caller, when and why',
  request: { query: z.strictObject(page) },
  responses: {
    200: {
      description: 'Newest first; of two years.',
      ...json(z.object({ accesses: list(access), next: z.string().nullable() })),
    },
    ...refusals(),
  },
})

export function accessRoutes({ accesses }: { readonly accesses: Pick<AccessLog, 'ofRider'> }) {
  const routes = createRoutes()
  routes.openapi(listAccesses, async (c) => {
    const found = await accesses.ofRider(c.var.caller.subject, c.req.valid('query'))
    return c.json({ accesses: found.accesses.map(accessAnswer), next: found.nextCursor ?? null }, 200)
  })
  return routes
}

function accessAnswer({ atMs, bikeIds, accessId: _, ...access }: RiderAccess) {
  return { at: new Date(atMs).toISOString(), bikes: bikeIds, ...access }
}
