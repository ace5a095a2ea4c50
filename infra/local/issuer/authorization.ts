// Requests for authorization (OpenID Connect Core 1.0, code flow with PKCE), and the codes that answer them.
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'

export interface AuthorizationRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly state: string | undefined
  readonly nonce: string | undefined
}

/** To be shown to the person: nothing says that the address may be trusted with an answer. */
interface Unanswerable {
  readonly fault: string
}

/** To be told to the application. */
interface Refused extends Pick<AuthorizationRequest, 'redirectUri' | 'state'> {
  readonly error: 'invalid_request' | 'unsupported_response_type' | 'invalid_scope'
}

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** Applications are not registered: any on this machine may ask, and none elsewhere. */
function isOnThisMachine(address: string): boolean {
  const url = URL.parse(address)
  return (
    url?.protocol === 'http:' &&
    loopback.includes(url.hostname) &&
    `${url.username}${url.password}${url.hash}` === ''
  )
}
const redirectUri = z.string().max(2_000).refine(isOnThisMachine)
const clientId = z.string().min(1).max(200)
const answerable = z.object({ client_id: clientId, redirect_uri: redirectUri })

const parameters = z.object({
  code_challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  code_challenge_method: z.literal('S256'),
  state: z.string().max(1_000).optional(),
  nonce: z.string().max(200).optional(),
})

/** Parameters as the page's address or its form carries them. */
export function readAuthorizationRequest(
  form: URLSearchParams,
): AuthorizationRequest | Unanswerable | Refused {
  const given = Object.fromEntries(form)
  const to = answerable.safeParse(given)
  if (!to.success) {
    const names = to.error.issues.map(({ path }) => String(path[0]))
    return {
      fault: `${names.join(' and ')}: this issuer answers only applications on this machine, at an address such as http://127.0.0.1:4000/…`,
    }
  }
  const { client_id: clientId, redirect_uri: redirectUri } = to.data
  const rest = parameters.safeParse(given)
  const refuse = (error: Refused['error']): Refused => ({ redirectUri, state: given.state, error })
  if (given.response_type !== 'code') return refuse('unsupported_response_type')
  if (!(given.scope ?? '').split(' ').includes('openid')) return refuse('invalid_scope')
  if (!rest.success) return refuse('invalid_request')
  const { code_challenge: codeChallenge, state, nonce } = rest.data
  return { clientId, redirectUri, codeChallenge, state, nonce }
}

/** The same parameters again, for the page's form. */
export const formOf = (request: AuthorizationRequest): Readonly<Record<string, string>> => ({
  response_type: 'code',
  scope: 'openid',
  client_id: request.clientId,
  redirect_uri: request.redirectUri,
  code_challenge: request.codeChallenge,
  code_challenge_method: 'S256',
  ...(request.state !== undefined && { state: request.state }),
  ...(request.nonce !== undefined && { nonce: request.nonce }),
})

/** `({redirectUri: 'http://127.0.0.1:4000/back', state: 's'}, {code: 'c'})  →  'http://127.0.0.1:4000/back?code=c&state=s'` */
export function redirectTo(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries({ ...answer, ...(state !== undefined && { state }) }))
    url.searchParams.set(name, value)
  return url.href
}

interface Redemption {
  readonly clientId: string
  readonly redirectUri: string
  /** Its SHA-256 is the request's `codeChallenge`. */
  readonly verifier: string
}

export interface Codes {
  issue(request: AuthorizationRequest, subject: string): string
  /** A code is used up by the first attempt, also by a wrong one. */
  redeem(
    code: string,
    redemption: Redemption,
  ): { readonly subject: string; readonly nonce: string | undefined } | { readonly fault: string }
}

const validForMs = 60_000
const maxCodes = 1_000

/** At most 1,000 codes wait; the oldest makes room. */
export function createCodes({ nowMs }: { readonly nowMs: () => number }): Codes {
  const waiting = new Map<
    string,
    { readonly request: AuthorizationRequest; readonly subject: string; readonly untilMs: number }
  >()
  return {
    issue(request, subject) {
      const [oldest] = waiting.keys()
      if (waiting.size >= maxCodes && oldest !== undefined) waiting.delete(oldest)
      const code = randomBytes(32).toString('base64url')
      waiting.set(code, { request, subject, untilMs: nowMs() + validForMs })
      return code
    },
    redeem(code, { clientId, redirectUri, verifier }) {
      const found = waiting.get(code)
      waiting.delete(code)
      if (found === undefined || found.untilMs <= nowMs())
        return { fault: 'the code is unknown, used or older than a minute' }
      const { request, subject } = found
      if (request.clientId !== clientId) return { fault: 'the code belongs to another client' }
      if (request.redirectUri !== redirectUri) return { fault: 'redirect_uri differs from the first one' }
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      if (request.codeChallenge !== challenge) return { fault: 'the verifier does not fit the challenge' }
      return { subject, nonce: request.nonce }
    },
  }
}
