// Questions to the API as its callers ask them, each with a token of their own.
import { requestToken, type TokenRequest } from '../testkit/token.ts'

export interface ApiAccess {
  readonly apiUrl: string
  readonly tokenUrl: string
  readonly signal: AbortSignal
}

const answeredWithinMs = 10_000

/** The API's answer. Rejects with status and body where it is no success, and after 10 s without one. */
export async function askApi(
  { apiUrl, tokenUrl, signal }: ApiAccess,
  path: string,
  { caller, ...init }: RequestInit & { readonly caller: TokenRequest },
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${await requestToken(tokenUrl, caller)}`)
  const response = await fetch(`${apiUrl}${path}`, {
    ...init,
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(answeredWithinMs)]),
  })
  if (response.ok) return response
  throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`)
}
