// For login services: which bikes they may write into a rider's token.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { OwnershipService } from '../../riders/ownership/port.ts'
import { refusals } from '../problem.ts'
import { isoOrNull, json, list, time, uuid } from '../request.ts'
import { mostBikes } from '../riders/ownership-routes.ts'
import { forRole } from '../roles.ts'
import { createRoutes } from '../routes.ts'

const riderParams = z.object({
  riderId: z.string().min(1).max(255).describe('The subject of the rider’s tokens.'),
})

const readOwnedBikes = createRoute({
  method: 'get',
  path: '/v1/login/riders/{riderId}/bikes',
  operationId: 'readOwnedBikes',
  ...forRole('login', { noPerson: 'asked by the service that issues this rider’s tokens, not by staff' }),
  summary: 'The bikes that a rider owns now: the claim `bikes` of a new token',
  request: { params: riderParams },
  responses: {
    200: {
      description: `At most ${mostBikes}; none for a rider who is not known.`,
      ...json(
        z.object({
          riderId: z.string(),
          bikes: list(z.object({ bikeId: uuid, from: time.nullable() })),
        }),
      ),
    },
    ...refusals(),
  },
})

export function loginOwnershipRoutes({
  ownership,
}: {
  readonly ownership: Pick<OwnershipService, 'bikesOf'>
}) {
  const routes = createRoutes()
  routes.openapi(readOwnedBikes, async (c) => {
    const { riderId } = c.req.valid('param')
    const bikes = (await ownership.bikesOf(riderId, mostBikes)).filter(({ now }) => now)
    const owned = bikes.map(({ bikeId, windows }) => ({ bikeId, from: isoOrNull(windows.at(-1)?.fromMs) }))
    return c.json({ riderId, bikes: owned }, 200)
  })
  return routes
}
