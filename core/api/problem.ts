// Refusals of the API: a closed list of reasons, their form on the wire (RFC 9457), and how a contract names them.

import type { TypedResponse } from 'hono'
import { z } from 'zod'

export const problems = {
  token_missing: { status: 401, title: 'A bearer token is required' },
  token_invalid: { status: 401, title: 'The token does not pass' },
  keys_unavailable: { status: 503, title: 'Tokens cannot be checked at the moment' },
  role_missing: { status: 403, title: 'The token lacks the role that this takes' },
  partner_unknown: { status: 403, title: 'Nobody has registered the partner' },
  door_closed: { status: 403, title: 'The partner may say nothing through the API' },
  source_foreign: { status: 403, title: 'A statement is in the name of another partner' },
  statements_refused: { status: 422, title: 'None of the statements passes' },
  reason_missing: { status: 400, title: 'Say why you look at a rider’s data' },
  request_invalid: { status: 400, title: 'The request has faults' },
  not_found: { status: 404, title: 'There is nothing here for you' },
  upload_unknown: { status: 404, title: 'No such upload of yours is in the books, or not yet' },
  method_not_allowed: { status: 405, title: 'The resource does not take this method' },
  second_person_needed: { status: 403, title: 'It takes another person than who proposed it' },
  proposal_closed: { status: 409, title: 'The proposal cannot be decided any more' },
  module_missing: { status: 409, title: 'The bike cannot be commanded' },
  review_closed: { status: 409, title: 'There is nothing to decide about the statement' },
  review_changed: { status: 412, title: 'The statement is not what you read' },
  settings_changed: { status: 412, title: 'The settings are not what you read' },
  decision_invalid: { status: 422, title: 'The decision does not fit the statement' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  body_too_large: { status: 413, title: 'The body is too large' },
  code_refused: { status: 422, title: 'The code does not pass' },
  offer_in_future: { status: 422, title: 'The offer cannot begin ahead of now' },
  text_outdated: { status: 409, title: 'Another text holds now' },
  consent_in_future: { status: 422, title: 'A consent cannot begin ahead of now' },
  too_many_consents: { status: 429, title: 'The consent was given too often today' },
  route_refused: { status: 422, title: 'The route is none that can be ridden' },
  nothing_to_show: { status: 422, title: 'There is nothing to write into such a file' },
  grant_missing: { status: 403, title: 'No rider lets you read this' },
  grant_time_invalid: { status: 422, title: 'The grant cannot end then' },
  too_many_grants: { status: 409, title: 'Too many grants of the bike hold' },
  contested: { status: 409, title: 'It is disputed whose the bike is' },
  too_many_tries: { status: 429, title: 'Too many codes were tried' },
  too_many_commands: { status: 429, title: 'You have too many unfinished commands to the bike' },
  research_closed: { status: 409, title: 'No researcher signs in here' },
  invitation_refused: { status: 422, title: 'The invitation does not pass' },
  challenge_refused: { status: 422, title: 'The key answered to nothing that waits for an answer' },
  origin_foreign: { status: 422, title: 'The key was touched on another page' },
  attestation_missing: { status: 422, title: 'Nobody but the key itself says who made it' },
  model_unlisted: { status: 422, title: 'Keys of this model are not taken' },
  attestation_untrusted: { status: 422, title: 'No maker that is known vouches for the key' },
  key_answer_invalid: { status: 422, title: 'The answer of the key does not pass' },
  user_not_verified: { status: 422, title: 'The key asked for no PIN and no fingerprint' },
  key_synced: { status: 422, title: 'The key is copied to other devices' },
  key_known: { status: 409, title: 'The key is registered already' },
  key_unknown: { status: 422, title: 'The key is not registered' },
  counter_back: { status: 422, title: 'There may be a copy of the key' },
  device_refused: { status: 422, title: 'No notebook waits for this code' },
  too_many_ceremonies: { status: 503, title: 'Too many have begun and are not done' },
  address_rate_exceeded: { status: 429, title: 'Too many tokens from this address do not pass' },
  caller_rate_exceeded: { status: 429, title: 'You ask too often, or too much at once' },
  overloaded: { status: 503, title: 'Too many requests are at hand' },
  body_timeout: { status: 408, title: 'The body came too slowly' },
  too_many_exports: { status: 429, title: 'Another part of your data is on its way' },
  too_many_streams: { status: 503, title: 'Too many streams are open' },
  store_unavailable: { status: 503, title: 'A store does not answer at the moment' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemReason = keyof typeof problems
type StatusOf<R extends ProblemReason> = (typeof problems)[R]['status']

export interface Problem<R extends ProblemReason = ProblemReason> {
  readonly reason: R
  /** For people. */
  readonly detail: string
}

const problemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    reason: z.enum(Object.keys(problems) as [ProblemReason, ...ProblemReason[]]),
    temporary: z.boolean().describe('The same request may pass later; after 401 with a new token.'),
  })
  .meta({ id: 'Problem' })

/** Refusals that every route can answer with. */
type Common = (typeof common)[number]
const common = [
  'request_invalid',
  'reason_missing',
  'token_missing',
  'token_invalid',
  'role_missing',
  'keys_unavailable',
  'store_unavailable',
  'address_rate_exceeded',
  'caller_rate_exceeded',
  'overloaded',
] as const satisfies ProblemReason[]

interface Refusal {
  readonly description: string
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof problemBody } }
}

/**
 * The refusals of a route, by status, beside those that all have. A handler can answer with no other: it would not compile.
 *
 *     refusals('not_found')  →  { 400: {…}, 401: {…}, 404: {…}, 429: {…}, 503: {…} }
 */
export function refusals<R extends ProblemReason = never>(
  ...more: R[]
): Record<StatusOf<R | Common>, Refusal> {
  const byStatus = Map.groupBy([...common, ...more], (reason) => problems[reason].status)
  const entries = [...byStatus].map(([status, reasons]): [number, Refusal] => [
    status,
    {
      description: reasons.map((reason) => `\`${reason}\`: ${problems[reason].title}.`).join(' '),
      content: { 'application/problem+json': { schema: problemBody } },
    },
  ])
  return Object.fromEntries(entries) as Record<StatusOf<R | Common>, Refusal>
}

/** Why a response refuses; undefined where it does not. */
export async function reasonOf(response: Response): Promise<ProblemReason | undefined> {
  if (response.headers.get('content-type') !== 'application/problem+json') return undefined
  return problemBody.parse(await response.clone().json()).reason
}

export function isProblem<Other extends object, R extends ProblemReason>(
  value: Other | Problem<R>,
): value is Problem<R> {
  return 'reason' in value && 'detail' in value
}

/** The faults of a request, one after the other: `limit: Too big: expected number to be <=200; frm: …`. */
export function invalid(error: z.ZodError): Problem<'request_invalid'> {
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  return { reason: 'request_invalid', detail: faults.join('; ') }
}

const retryAfterS = 2

export function problemResponse<R extends ProblemReason>(
  { reason, detail }: Problem<R>,
  more: Record<string, string> = {},
) {
  const { status, title }: { status: number; title: string } = problems[reason]
  const waitingHelps = status === 503 || status === 429 || reason === 'upload_unknown'
  const temporary = waitingHelps || status === 401 || status === 408
  const body = { type: `/openapi.json#${reason}`, title, status, detail, reason, temporary }
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...more,
  })
  if (waitingHelps && !headers.has('retry-after')) headers.set('retry-after', String(retryAfterS))
  if (status === 401) {
    headers.set('www-authenticate', reason === 'token_missing' ? 'Bearer' : 'Bearer error="invalid_token"')
  }
  const response = new Response(JSON.stringify(body), { status, headers })
  return response as Response & TypedResponse<z.infer<typeof problemBody>, StatusOf<R>, 'json'>
}
