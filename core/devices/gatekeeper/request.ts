// The broker's questions as they come: form fields, of a POST's body or a GET's query.
import { z } from 'zod'
import type { AccessRequest, Check } from './access.ts'

const text = z.string()
const username = text.min(1)
const clientId = text.optional()
const question = z.discriminatedUnion('check', [
  z.object({ check: z.literal('user'), username, password: text.optional() }),
  z.object({ check: z.literal('vhost'), username, vhost: text, clientId }),
  z.object({
    check: z.literal('resource'),
    username,
    resource: text,
    name: text,
    permission: text,
    clientId,
  }),
  z.object({ check: z.literal('topic'), username, name: text, permission: text, routingKey: text, clientId }),
])

/** Undefined when a field is missing. */
export function readRequest(check: Check, form: URLSearchParams): AccessRequest | undefined {
  const fields = Object.fromEntries(form)
  const client = fields[check === 'topic' ? 'variable_map.client_id' : 'client_id']
  return question.safeParse({ ...fields, check, clientId: client, routingKey: fields.routing_key }).data
}
