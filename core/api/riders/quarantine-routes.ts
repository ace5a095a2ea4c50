// Telemetry of a bike that was not believed, for its present owner and for staff: who writes firmware or an app sees here why data is missing.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { BikeQuarantineEntry } from '../../telemetry/quarantine/port.ts'
import type { ApiStores } from '../port.ts'
import { isProblem, problemResponse, refusals } from '../problem.ts'
import { count, idParams, iso, isoOrNull, json, list, page, time, uuid } from '../request.ts'
import { forOwnerOr } from '../roles.ts'
import { createRoutes } from '../routes.ts'
import { accessTo } from './access.ts'

const entry = z.object({
  quarantineId: uuid,
  quarantinedAt: time,
  receivedAt: time.nullable().describe('When the platform took the track; null where it is not known.'),
  from: z.enum(['module', 'upload']),
  uploadId: uuid.nullable(),
  stage: z.string().describe('Which service did not believe it, such as `normalize`.'),
  reason: z.string().describe('Such as `undecodable` or `event_in_future`.'),
  samples: count.describe('Samples that wait; 0 for a message of a module that is no track.'),
  detail: z.string().nullable().describe('For people; null where it may tell when somebody else rode.'),
})

const listQuarantine = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/quarantine',
  operationId: 'listQuarantine',
  ...forOwnerOr('read', { personal: true }),
  summary: 'Telemetry of a bike that was not believed and why, for its present owner and for staff',
  request: { params: idParams, query: z.strictObject(page) },
  responses: {
    200: {
      description:
        'What still waits, newest first. The owner sees what he sent, and what the bike’s modules sent while it was his.',
      ...json(z.object({ entries: list(entry), next: z.string().nullable() })),
    },
    ...refusals('not_found'),
  },
})

export function quarantineRoutes(stores: ApiStores) {
  const routes = createRoutes()
  routes.openapi(listQuarantine, async (c) => {
    const { id } = c.req.valid('param')
    const { caller } = c.var
    const access = await accessTo(id, { caller, role: 'read', stores })
    if (isProblem(access)) return problemResponse(access)
    const riderId = access.asStaff ? undefined : caller.subject
    const found = await stores.quarantineOf({ bikeId: id, riderId, ...c.req.valid('query') })
    c.set('shown', { bikes: [{ bikeId: id }] })
    return c.json({ entries: found.entries.map(entryAnswer), next: found.next ?? null }, 200)
  })
  return routes
}

function entryAnswer({ quarantinedAtMs, receivedAtMs, ...entry }: BikeQuarantineEntry) {
  return { ...entry, quarantinedAt: iso(quarantinedAtMs), receivedAt: isoOrNull(receivedAtMs) }
}
