// Refusals as data, and their form on the wire: RFC 9457 problem details.
import { answers, type RequestReason } from './answers.ts'

/** Why a request is refused. A step that refuses returns it instead of its result. */
export interface Refusal {
  readonly refused: RequestReason
  readonly detail: string
  /** Whole seconds until another attempt makes sense. */
  readonly retryAfterS?: number
  /** The limit that was exceeded. */
  readonly limit?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem body. */
  readonly members?: Readonly<Record<string, unknown>>
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}

export const busy: Refusal = { refused: 'overloaded', detail: 'too many bytes in flight', retryAfterS: 1 }

const defaultRetryAfterS = 2

export function problemResponse(refusal: Refusal): Response {
  const { refused: reason, detail, limit, members } = refusal
  const { status, title, temporary } = answers[reason]
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', ...refusal.headers }
  if (status === 429 || status === 503) {
    headers['retry-after'] = String(Math.max(1, refusal.retryAfterS ?? defaultRetryAfterS))
  }
  if (status === 401) headers['www-authenticate'] = challenge(reason)
  if (status === 408) headers.connection = 'close'
  const body = { type: `/docs#${reason}`, title, status, detail, reason, temporary, limit, ...members }
  return new Response(JSON.stringify(body), { status, headers })
}

/** RFC 6750: a request without a token gets no error code. */
function challenge(reason: RequestReason): string {
  return reason === 'token_missing' ? 'Bearer' : `Bearer error="invalid_token", error_description="${reason}"`
}
