// The modules of a bike, for its present owner and for staff: nobody's bike gets another one unseen.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { BikeModule } from '../../devices/presence/port.ts'
import type { ApiStores } from '../port.ts'
import { isProblem, problemResponse, refusals } from '../problem.ts'
import { idParams, iso, json, list, time, uuid } from '../request.ts'
import { forOwnerOr } from '../roles.ts'
import { createRoutes } from '../routes.ts'
import { accessTo } from './access.ts'

const bikeModule = z.object({
  deviceId: uuid,
  enrolledAt: time,
  samplesFrom: time.describe('What the module measured before then is not believed.'),
  revokedAt: time.nullable().describe('Since when it may neither report nor obey; null while it may.'),
  verifiesCommands: z
    .boolean()
    .describe('Whether it was enrolled as one that obeys nothing but what the platform has signed.'),
  online: z.boolean(),
  refusals: list(
    z.object({
      at: time,
      question: z
        .enum(['user', 'vhost', 'resource', 'topic'])
        .describe('`topic`: it published or subscribed; else it connected.'),
      reason: z.string().describe('Such as `certificate_ended`.'),
      wanted: z.string().describe('Such as `write bikes.….telemetry.ride`.'),
    }),
  ).describe('Why the broker refused it: the newest of each question and reason, newest first.'),
})

const listModules = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/modules',
  operationId: 'listModules',
  ...forOwnerOr('read', { personal: true }),
  summary: 'The modules of a bike, for its present owner and for staff with the role `read`',
  request: { params: idParams },
  responses: {
    200: {
      description: 'All that were ever enrolled, those in service first, then by enrolment.',
      ...json(z.object({ bikeId: uuid, modules: list(bikeModule) })),
    },
    ...refusals('not_found'),
  },
})

export function moduleRoutes(stores: ApiStores) {
  const routes = createRoutes()
  routes.openapi(listModules, async (c) => {
    const { id } = c.req.valid('param')
    const access = await accessTo(id, { caller: c.var.caller, role: 'read', stores })
    if (isProblem(access)) return problemResponse(access)
    const [modules, refusals] = await Promise.all([stores.modulesOf(id), stores.refusalsOf(id)])
    const seen = refusals.filter(({ atMs }) => access.sees(atMs))
    c.set('shown', { bikes: [{ bikeId: id, fromMs: Date.now() }] })
    return c.json({ bikeId: id, modules: modules.map((module) => moduleAnswer(module, seen)) }, 200)
  })
  return routes
}

function moduleAnswer(module: BikeModule, refusals: Awaited<ReturnType<ApiStores['refusalsOf']>>) {
  const { deviceId, online, verifiesCommands, enrolledAtMs, samplesFromMs, revokedAtMs } = module
  return {
    ...{ deviceId, online, verifiesCommands, enrolledAt: iso(enrolledAtMs), samplesFrom: iso(samplesFromMs) },
    revokedAt: revokedAtMs === undefined ? null : iso(revokedAtMs),
    refusals: refusals
      .filter((refusal) => refusal.deviceId === deviceId)
      .map(({ atMs, question, reason, wanted }) => ({ at: iso(atMs), question, reason, wanted })),
  }
}
