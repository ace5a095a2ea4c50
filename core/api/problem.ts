// Refusals of the API: a closed list of reasons, and their form on the wire (RFC 9457).

export const problems = {
  token_missing: { status: 401, title: 'A bearer token is required' },
  token_invalid: { status: 401, title: 'The token does not pass' },
  keys_unavailable: { status: 503, title: 'Tokens cannot be checked at the moment' },
  service_only: { status: 403, title: 'This is for service staff' },
  request_invalid: { status: 400, title: 'The request has faults' },
  not_found: { status: 404, title: 'There is nothing here for you' },
  method_not_allowed: { status: 405, title: 'The resource does not take this method' },
  module_missing: { status: 409, title: 'The bike cannot be commanded' },
  review_closed: { status: 409, title: 'There is nothing to decide about the statement' },
  review_changed: { status: 412, title: 'The statement is not what you read' },
  decision_invalid: { status: 422, title: 'The decision does not fit the statement' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  body_too_large: { status: 413, title: 'The body is too large' },
  too_many_commands: { status: 429, title: 'The bike has too many unfinished commands' },
  too_many_streams: { status: 503, title: 'Too many streams are open' },
  store_unavailable: { status: 503, title: 'A store does not answer at the moment' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemReason = keyof typeof problems

export interface Problem {
  readonly reason: ProblemReason
  /** For people. */
  readonly detail: string
}

export function isProblem(value: object): value is Problem {
  return 'reason' in value && 'detail' in value
}

const retryAfterS = 2

export function problemResponse({ reason, detail }: Problem, more: Record<string, string> = {}): Response {
  const { status, title } = problems[reason]
  const waitingHelps = status === 503 || status === 429
  const temporary = waitingHelps || status === 401
  const body = { type: `/openapi.json#${reason}`, title, status, detail, reason, temporary }
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...more,
  })
  if (waitingHelps) headers.set('retry-after', String(retryAfterS))
  if (status === 401) {
    headers.set('www-authenticate', reason === 'token_missing' ? 'Bearer' : 'Bearer error="invalid_token"')
  }
  return new Response(JSON.stringify(body), { status, headers })
}
