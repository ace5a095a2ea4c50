// Holds answers against the contract that the API serves: every field of an answer is in it, and every field of it there.
import { expect } from 'vitest'
import { z } from 'zod'
import { openapi } from '../openapi.ts'

type Schema = Parameters<typeof z.fromJSONSchema>[0]
interface Operation {
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: Schema }>> }>>
}

const paths = Object.entries(openapi.paths as unknown as Record<string, Record<string, Operation>>)

export interface Answer {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body: unknown
}

/** Only JSON answers of success have a schema of their own. */
export function expectContract({ method, path, status, body }: Answer): void {
  const [pattern, operations] = paths.find(([template]) => fits(template, path)) ?? []
  const schema = operations?.[method.toLowerCase()]?.responses[status]?.content?.['application/json']?.schema
  expect(schema, `${method} ${pattern ?? path} ${status} in the contract`).toBeDefined()
  const result = z.fromJSONSchema(closed(schema) as Schema).safeParse(body)
  expect(result.error?.issues ?? [], `${method} ${pattern}`).toEqual([])
}

function fits(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return (
    wanted.length === given.length && wanted.every((part, at) => part.startsWith('{') || part === given[at])
  )
}

/** The same schema, in which no object has other fields than those named. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner
}
