// The answers of the development issuer:
//
//   POST /token      {"subject":"rider-1","bikes":["<uuid>"]}  →  {"access_token":"…","token_type":"Bearer","expires_in":3600}
//                                                      without "bikes": those that the rider owns, if the API tells
//                                                      "roles":["read"] makes it one of staff; "partner" with that role
//   GET  /jwks.json  the public key
//
// and OpenID Connect's code flow, for pages that people sign in to:
//
//   GET  /.well-known/openid-configuration
//   GET  /authorize  a page that asks who signs in; its answer, POST /authorize, goes back to the application with a code
//   POST /token      grant_type=authorization_code, as a form  →  an access token as above, and an ID token
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { z } from 'zod'
import {
  type AuthorizationRequest,
  createCodes,
  readAuthorizationRequest,
  redirectTo,
} from './authorization.ts'
import { faultPage, signInPage } from './sign-in-page.ts'
import { createTokens, type TokenOptions } from './tokens.ts'

export interface IssuerOptions extends TokenOptions {
  readonly log: Pick<Logger, 'error' | 'warn'>
}

const tokenRequest = z.strictObject({
  subject: z.string().min(1).max(200),
  bikes: z.array(z.uuid()).max(2_000).optional(),
  roles: z.array(z.string().min(1).max(64)).max(16).optional(),
  partner: z.string().min(1).max(255).optional(),
})

const codeGrant = z.object({
  grant_type: z.literal('authorization_code'),
  code: z.string().max(200),
  redirect_uri: z.string().max(2_000),
  client_id: z.string().max(200),
  code_verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/),
})

const decision = z.object({
  subject: z.string().trim().min(1, 'Say which rider.').max(200, 'A rider’s id has at most 200 characters.'),
})

const maxBodyBytes = 128 * 1024
const formType = 'application/x-www-form-urlencoded'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A server that does not listen yet; it is to listen on the loopback address only. */
export function createIssuer(options: IssuerOptions): Server {
  const { key, log } = options
  const tokens = createTokens(options)
  const codes = createCodes({ nowMs: Date.now })
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => {
        log.error({ err: error }, 'failed')
        return json(500, { error: 'internal error' })
      })
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
  })
  server.requestTimeout = 10_000

  const ownAddress = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', ownAddress())
    switch (`${request.method} ${pathname}`) {
      case 'GET /jwks.json':
        return json(200, { keys: [key.publicJwk] })
      case 'GET /healthz':
      case 'GET /readyz':
        return { status: 200, headers: {}, body: 'ready\n' }
      case 'GET /.well-known/openid-configuration':
        return json(200, metadata(ownAddress()))
      case 'GET /authorize':
        return authorize(searchParams, { decided: false })
      case 'POST /authorize':
        return authorize(new URLSearchParams(await readBody(request)), { decided: true })
      case 'POST /token': {
        const body = await readBody(request)
        // curl calls JSON a form, too.
        const isForm = request.headers['content-type']?.startsWith(formType) === true && !body.startsWith('{')
        return isForm ? redeem(new URLSearchParams(body)) : giveToken(body)
      }
      default:
        return json(404, { error: 'not found' })
    }
  }

  async function giveToken(body: string): Promise<Answer> {
    const asked = tokenRequest.safeParse(parseJson(body))
    if (!asked.success) return json(400, { error: z.prettifyError(asked.error) })
    return json(200, await tokens.access(asked.data))
  }

  /** The page that asks who signs in, or what follows from its answer. */
  function authorize(form: URLSearchParams, { decided }: { readonly decided: boolean }): Answer {
    const request = readAuthorizationRequest(form)
    if ('fault' in request) return page(400, faultPage(request.fault))
    if ('error' in request) return redirect(redirectTo(request, { error: request.error }))
    if (!decided) return page(200, signInPage({ request }), request)
    if (form.get('decision') === 'cancel') return redirect(redirectTo(request, { error: 'access_denied' }))
    const rider = decision.safeParse({ subject: form.get('subject') ?? '' })
    if (rider.success)
      return redirect(redirectTo(request, { code: codes.issue(request, rider.data.subject) }))
    return page(400, signInPage({ request, fault: rider.error.issues[0]?.message }), request)
  }

  async function redeem(form: URLSearchParams): Promise<Answer> {
    if (form.get('grant_type') !== 'authorization_code') return json(400, { error: 'unsupported_grant_type' })
    const grant = codeGrant.safeParse(Object.fromEntries(form))
    if (!grant.success)
      return json(400, { error: 'invalid_request', error_description: z.prettifyError(grant.error) })
    const { code, client_id: clientId, redirect_uri: redirectUri, code_verifier: verifier } = grant.data
    const redeemed = codes.redeem(code, { clientId, redirectUri, verifier })
    if ('fault' in redeemed) return json(400, { error: 'invalid_grant', error_description: redeemed.fault })
    const { subject, nonce } = redeemed
    return json(200, {
      ...(await tokens.access({ subject })),
      scope: 'openid',
      id_token: await tokens.identity({ issuer: ownAddress(), clientId, subject, nonce }),
    })
  }

  return server
}

const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks.json`,
  scopes_supported: ['openid'],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  token_endpoint_auth_methods_supported: ['none'],
  code_challenge_methods_supported: ['S256'],
})

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? '' : Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(body)}\n`,
})

/** A form's answer may lead only to this server and on to the application that asks. */
function page(status: number, body: string, request?: AuthorizationRequest): Answer {
  const destinations = ["'self'", ...(request ? [new URL(request.redirectUri).origin] : [])].join(' ')
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action ${destinations}; frame-ancestors 'none'; base-uri 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}

const redirect = (location: string): Answer => ({
  status: 303,
  headers: { location, 'cache-control': 'no-store' },
  body: '',
})
