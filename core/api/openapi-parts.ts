// What the paths of the contract share.

import { problems } from './problem.ts'
import { defaultListed, maxListed } from './staff/fleet-request.ts'

export const uuid = { type: 'string', format: 'uuid' }
export const text = { type: 'string' }
export const time = { type: 'string', format: 'date-time' }
export const pathId = pathParameter('id')

export const json = (schema: object) => ({ content: { 'application/json': { schema } } })

export const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
})

export const list = (items: object) => ({ type: 'array', items })

export const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })

export function pathParameter(name: string) {
  return { name, in: 'path', required: true, schema: uuid }
}

export const query = (name: string, schema: object, description: string) => ({
  name,
  in: 'query',
  schema,
  description,
})

export const header = (name: string, schema: object, more: { required?: boolean; description?: string }) => ({
  ...{ name, in: 'header', required: false, schema },
  ...more,
})

export const paging = [
  query(
    'limit',
    { type: 'integer', minimum: 1, maximum: maxListed, default: defaultListed },
    'How many a page.',
  ),
  query('cursor', text, '`next` of the page before, with the same other parameters.'),
]
export const ifNoneMatch = header('If-None-Match', text, { description: 'The `ETag` of an earlier answer.' })
export const etag = { ETag: { schema: text, description: 'Changes with whatever is in the answer.' } }
export const unchanged = { 304: { description: 'Nothing has changed since the answer with that `ETag`.' } }

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
