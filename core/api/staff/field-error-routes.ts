// Field errors by production, for service staff: as JSON or as a chart.
import { createRoute } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { z } from 'zod'
import { fieldErrorAnswer, testName } from '../../fleet/field-errors/answer.ts'
import { fieldErrorChart } from '../../fleet/field-errors/chart.ts'
import { smallestGroup } from '../../fleet/field-errors/cohorts.ts'
import { familyWiseAlpha, readFieldErrors } from '../../fleet/field-errors/field-errors.ts'
import { groupings } from '../../fleet/field-errors/port.ts'
import { fieldErrorFields, fieldErrorQuestion } from '../../fleet/field-errors/request.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { count, json, list } from '../request.ts'
import { forRole } from '../roles.ts'
import { createRoutes } from '../routes.ts'

const number = z.number().min(0)
const rate = z.object({ rate: number, from: number, until: number })
const group = z.object({
  ...{ group: z.string().nullable(), bikes: count, km: number, kmAtRisk: number },
  ...{ affected: count, faults: count, affectedPer1000Bikes: rate, affectedPer1000Km: rate.nullable() },
  ...{ faultsPer1000Km: rate.nullable(), pValue: number.nullable(), adjustedPValue: number.nullable() },
  outlier: z.boolean(),
})
const fieldErrors = z
  .object({
    ...{ type: z.string(), by: z.enum(groupings), from: z.iso.date(), until: z.iso.date() },
    ...{ confidence: number, affectedPer1000Km: rate.nullable() },
    test: z.object({
      ...{ name: z.literal(testName), correction: z.literal('holm') },
      ...{ familyWiseAlpha: z.literal(familyWiseAlpha), groups: count },
    }),
    groups: list(group),
  })
  .meta({ id: 'FieldErrors' })

const chartType = 'image/svg+xml'

const fieldErrorsRoute = createRoute({
  method: 'get',
  ...forRole('read', { noPerson: 'counts of groups of several riders who consent' }),
  path: '/v1/fleet/field-errors',
  operationId: 'readFieldErrors',
  summary: 'Bikes with faults of a component, by the production of the component; for service staff',
  description: `Only what riders consent to, now and at the time. Groups of fewer than ${smallestGroup} bikes or riders are put together under null, or left out.`,
  request: { query: z.strictObject(fieldErrorFields) },
  responses: {
    200: {
      description: `Highest rate first. As a chart for \`Accept: ${chartType}\`.`,
      content: { ...json(fieldErrors).content, [chartType]: { schema: z.string() } },
    },
    ...refusals('not_found'),
  },
})

const noType: Problem<'not_found'> = { reason: 'not_found', detail: 'no such type of component is known' }

export function fieldErrorRoutes(stores: ApiStores) {
  const routes = createRoutes()
  routes.openapi(fieldErrorsRoute, async (c) => {
    const question = fieldErrorQuestion(c.req.valid('query'), Date.now())
    if (typeof question === 'string') return problemResponse({ reason: 'request_invalid', detail: question })
    const errors = await readFieldErrors(stores, question)
    if (errors === undefined) return problemResponse(noType)
    const supports = ['application/json', chartType]
    const type = accepts(c, { header: 'Accept', supports, default: 'application/json' })
    c.header('vary', 'Accept')
    if (type === chartType) return c.body(fieldErrorChart(errors), 200, { 'content-type': chartType })
    return c.json(fieldErrorAnswer(errors), 200)
  })
  return routes
}
