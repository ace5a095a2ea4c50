// Holds answers against the contract that the API serves: every field of an answer is in it, and every field of it there.
import { expect } from 'vitest'
import { z } from 'zod'

type Schema = Parameters<typeof z.fromJSONSchema>[0]
interface Operation {
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: unknown }>> }>>
}
export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

export interface Answer {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body: unknown
}

/** Only JSON answers of success have a schema of their own. */
export function expectContract(contract: Contract, { method, path, status, body }: Answer): void {
  const paths = Object.entries(contract.paths)
  const [pattern, operations] = paths.find(([template]) => fits(template, path)) ?? []
  const schema = operations?.[method.toLowerCase()]?.responses[status]?.content?.['application/json']?.schema
  expect(schema, `${method} ${pattern ?? path} ${status} in the contract`).toBeDefined()
  const result = z.fromJSONSchema(closed(schema, contract.components.schemas) as Schema).safeParse(body)
  expect(result.error?.issues ?? [], `${method} ${pattern}`).toEqual([])
}

function fits(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return (
    wanted.length === given.length && wanted.every((part, at) => part.startsWith('{') || part === given[at])
  )
}

/** The same schema in one piece, in which no object has other fields than those named. */
function closed(schema: unknown, named: Contract['components']['schemas']): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, named))
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) return closed(named[String(schema.$ref).split('/').at(-1) ?? ''], named)
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value, named)]))
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner
}
