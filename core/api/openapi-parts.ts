// What the paths of the contract share.
import { problems } from './problem.ts'

export const uuid = { type: 'string', format: 'uuid' }
export const time = { type: 'string', format: 'date-time' }
export const pathId = pathParameter('id')

export const json = (schema: object) => ({ content: { 'application/json': { schema } } })

export const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
})

export function pathParameter(name: string) {
  return { name, in: 'path', required: true, schema: uuid }
}

export const query = (name: string, schema: object, description: string) => ({
  name,
  in: 'query',
  schema,
  description,
})

/** Each status with the reasons behind it. */
export const refusals = Object.fromEntries(
  [...Map.groupBy(Object.entries(problems), ([, { status }]) => status)].map(([status, list]) => [
    String(status),
    {
      description: list.map(([reason, { title }]) => `\`${reason}\`: ${title}.`).join(' '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]),
)
