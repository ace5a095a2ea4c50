// The contract of field errors by production.
import { testName } from '../../fleet/field-errors/answer.ts'
import { smallestGroup } from '../../fleet/field-errors/cohorts.ts'
import { familyWiseAlpha } from '../../fleet/field-errors/field-errors.ts'
import { groupings } from '../../fleet/field-errors/port.ts'
import { json, list, nullable, object, query, refusals, text } from '../openapi-parts.ts'

const count = { type: 'integer', minimum: 0 }
const number = { type: 'number', minimum: 0 }

const rate = object({ rate: number, from: number, until: number })
const group = object({
  ...{ group: nullable(text), bikes: count, km: number, kmAtRisk: number, affected: count, faults: count },
  ...{ affectedPer1000Bikes: rate, affectedPer1000Km: nullable(rate), faultsPer1000Km: nullable(rate) },
  ...{ pValue: nullable(number), adjustedPValue: nullable(number), outlier: { type: 'boolean' } },
})
const fieldErrors = object({
  ...{ type: text, by: { enum: groupings }, from: { type: 'string', format: 'date' } },
  ...{ until: { type: 'string', format: 'date' }, confidence: number, affectedPer1000Km: nullable(rate) },
  test: object({
    ...{ name: { const: testName }, correction: { const: 'holm' } },
    ...{ familyWiseAlpha: { const: familyWiseAlpha }, groups: count },
  }),
  groups: list(group),
})

export const fieldErrorPaths = {
  '/v1/fleet/field-errors': {
    get: {
      summary: 'Bikes with faults of a component, by the production of the component',
      description: `Only what riders consent to, now and at the time. Groups of fewer than ${smallestGroup} bikes or riders are put together under null, or left out.`,
      parameters: [
        query('type', { type: 'string', default: 'battery' }, 'Type of component.'),
        query('by', { enum: groupings, default: 'batch' }, 'Which fact of production.'),
        query(
          'from',
          { type: 'string', format: 'date' },
          'First day, UTC; a year before `until`, when absent.',
        ),
        query('until', { type: 'string', format: 'date' }, 'Day after the last; tomorrow, when absent.'),
      ],
      responses: {
        200: {
          description: 'Highest rate first. As a chart for `Accept: image/svg+xml`.',
          content: {
            ...json(fieldErrors).content,
            'image/svg+xml': { schema: { type: 'string' } },
          },
        },
        ...refusals,
      },
    },
  },
}
