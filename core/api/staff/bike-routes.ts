// Bikes and components for service staff: search, a bike as it is and was, a component's life.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { etagHeaders, ifNoneMatch, jsonWithEtag, unchanged } from '../etag.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, json, list, page, text } from '../request.ts'
import { sinceWhen } from '../riders/bike-answers.ts'
import { forRole } from '../roles.ts'
import { createRoutes } from '../routes.ts'
import {
  bike,
  bikeAnswer,
  component,
  componentAnswer,
  historyAnswer,
  historyItem,
  match,
} from './bike-answers.ts'

/** To all that can be asked about a bike, from an answer that has its id there. */
const bikeLinks = (pointer: string) => {
  const operations = ['readHistory', 'readLatest', 'readTelemetry', 'requestCommand', 'listCommands']
  const link = (operationId: string) => ({
    operationId,
    parameters: { id: `$response.body#${pointer}/bikeId` },
  })
  return Object.fromEntries(operations.map((operationId) => [operationId, link(operationId)]))
}
const componentLink = (pointer: string) => ({
  operationId: 'readComponent',
  parameters: { id: `$response.body#${pointer}/componentId` },
})

const search = createRoute({
  method: 'get',
  ...forRole('read', { noPerson: 'numbers and models of bikes and components' }),
  path: '/v1/fleet/search',
  operationId: 'searchFleet',
  summary: 'Bikes and components by how a frame or serial number begins, or by id; for service staff',
  request: {
    query: z.strictObject({
      q: text({ visible: 2, max: 64 }).meta({
        description: 'Case and spaces do not matter.',
        example: 'FR-0000',
      }),
      ...page,
    }),
  },
  responses: {
    200: {
      description: 'In the order of numbers.',
      links: {
        readBike: { operationId: 'readBike', parameters: { id: '$response.body#/matches/0/bikeId' } },
        readComponent: componentLink('/matches/0'),
        ...bikeLinks('/matches/0'),
      },
      ...json(z.object({ matches: list(match), next: z.string().nullable() })),
    },
    ...refusals(),
  },
})

const readBike = createRoute({
  method: 'get',
  ...forRole('read', { personal: true }),
  path: '/v1/fleet/bikes/{id}',
  operationId: 'readBike',
  summary: 'A bike with its parts, what is doubtful about it, and its latest state; for service staff',
  request: { params: idParams, headers: ifNoneMatch },
  responses: {
    200: {
      description: 'As it is now.',
      headers: etagHeaders,
      links: { readComponent: componentLink('/parts/0'), ...bikeLinks('') },
      ...json(bike),
    },
    ...unchanged,
    ...refusals('not_found'),
  },
})

const readHistory = createRoute({
  method: 'get',
  ...forRole('read', { personal: true }),
  path: '/v1/fleet/bikes/{id}/history',
  operationId: 'readHistory',
  summary:
    'What was said about a bike, and what its records said before they were changed; for service staff',
  request: { params: idParams, query: z.strictObject(page) },
  responses: {
    200: {
      description: 'Newest first. Nothing names an owner.',
      ...json(z.object({ items: list(historyItem), next: z.string().nullable() })),
    },
    ...refusals('not_found'),
  },
})

const readComponent = createRoute({
  method: 'get',
  ...forRole('read', { noPerson: 'how a component was made, and the bikes it was in, without owners' }),
  path: '/v1/fleet/components/{id}',
  operationId: 'readComponent',
  summary: "A component's life through bikes; for service staff",
  request: { params: idParams, headers: ifNoneMatch },
  responses: {
    200: { description: 'Oldest first.', headers: etagHeaders, ...json(component) },
    ...unchanged,
    ...refusals('not_found'),
  },
})

const noBike: Problem<'not_found'> = { reason: 'not_found', detail: 'no such bike is registered' }
const noComponent: Problem<'not_found'> = { reason: 'not_found', detail: 'no such component is known' }

export function staffBikeRoutes(stores: ApiStores) {
  const routes = createRoutes()
  const { fleet } = stores

  routes.openapi(search, async (c) => {
    const { q, ...asked } = c.req.valid('query')
    const { rows, next } = await fleet.search(q, asked)
    return c.json({ matches: rows, next: next ?? null }, 200)
  })

  routes.openapi(readBike, async (c) => {
    const { id } = c.req.valid('param')
    const [view, readings, presence] = await Promise.all([
      fleet.bike(id),
      stores.latestOf(id),
      stores.presenceOf(id),
    ])
    c.set('shown', { bikes: [{ bikeId: id, fromMs: sinceWhen(readings) }] })
    return view ? jsonWithEtag(c, bikeAnswer(view, { presence, readings })) : problemResponse(noBike)
  })

  routes.openapi(readHistory, async (c) => {
    const { id } = c.req.valid('param')
    const history = await fleet.history(id, c.req.valid('query'))
    c.set('shown', { bikes: [{ bikeId: id }] })
    if (history === undefined) return problemResponse(noBike)
    return c.json({ items: history.rows.map(historyAnswer), next: history.next ?? null }, 200)
  })

  routes.openapi(readComponent, async (c) => {
    const view = await fleet.component(c.req.valid('param').id)
    return view ? jsonWithEtag(c, componentAnswer(view)) : problemResponse(noComponent)
  })

  return routes
}
