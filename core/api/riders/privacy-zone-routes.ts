// The places that a rider keeps private.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { privacyZones } from '../../riders/own-data/privacy-zones.ts'
import type { ApiStores } from '../port.ts'
import { refusals } from '../problem.ts'
import { json } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'

const zonesBody = z.object({ zones: privacyZones })

const readPrivacyZones = createRoute({
  method: 'get',
  path: '/v1/riders/me/privacy-zones',
  operationId: 'readPrivacyZones',
  summary: 'The places that the caller keeps private',
  responses: { 200: { description: 'As they were given.', ...json(zonesBody) }, ...refusals() },
})

const replacePrivacyZones = createRoute({
  method: 'put',
  path: '/v1/riders/me/privacy-zones',
  operationId: 'replacePrivacyZones',
  summary: 'Say which places are private: others get nothing of a ride from within them',
  description:
    'At most ten circles with radii of 200 to 1,000 m in steps of 100. Files made before stay as they are.',
  middleware: jsonBody(4_096, 'the zones'),
  request: { body: { required: true, ...json(z.strictObject({ zones: privacyZones })) } },
  responses: {
    200: { description: 'These zones hold from now on.', ...json(zonesBody) },
    ...refusals('body_too_large', 'body_timeout'),
  },
})

export function privacyZoneRoutes({ privacyZones }: Pick<ApiStores, 'privacyZones'>) {
  const routes = createRoutes()
  routes.openapi(readPrivacyZones, async (c) => {
    const { zones } = await privacyZones.of(c.var.caller.subject)
    return c.json({ zones: [...zones] }, 200)
  })
  routes.openapi(replacePrivacyZones, async (c) => {
    const { zones } = c.req.valid('json')
    await privacyZones.replace(c.var.caller.subject, zones)
    return c.json({ zones }, 200)
  })
  return routes
}
