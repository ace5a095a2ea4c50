// Questions to the API as its callers ask them, each with a token of their own.
import { requestToken, type TokenRequest } from '../testkit/token.ts'

export interface ApiAccess {
  readonly apiUrl: string
  readonly tokenUrl: string
  readonly signal: AbortSignal
}

/** The API's answer. Rejects with status and body where it is no success, and where it is not whole in time. */
export async function askApi(
  { apiUrl, tokenUrl, signal }: ApiAccess,
  path: string,
  {
    caller,
    withinMs = 10_000,
    ...init
  }: RequestInit & { readonly caller: TokenRequest; readonly withinMs?: number },
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${await requestToken(tokenUrl, caller)}`)
  const response = await fetch(`${apiUrl}${path}`, {
    ...init,
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
  })
  if (response.ok) return response
  throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`)
}
