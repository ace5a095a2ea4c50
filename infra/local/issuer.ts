// FOR DEVELOPMENT ONLY: issues a token to everyone who asks, for any rider and any bike, without a password.
// It stands in for the maker's login service on a developer's machine, listens on 127.0.0.1 whatever HOST says, and
// nothing but infra/local starts it. In production JWKS_URL points to the real login service.
//
//   POST /token      {"subject":"rider-1","bikes":["<uuid>"]}  →  {"access_token":"…","token_type":"Bearer","expires_in":3600}
//                                                      without "bikes": those that the rider owns, if the API tells
//                                                      "roles":["read"] makes it one of staff; "partner" with that role
//   GET  /jwks.json  the public key
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import pino from 'pino'
import { z } from 'zod'
import { readIssuerKey } from './issuer-key.ts'
import { ownedBikes } from './owned-bikes.ts'

const settings = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(0),
    LOG_LEVEL: z.string().default('info'),
    API_URL: z
      .url()
      .optional()
      .describe('Where ownership is read, for tokens that are asked for without bikes'),
    JWT_ISSUER: z.string().min(1),
    JWT_AUDIENCE: z.string().min(1),
    ISSUER_KEY_FILE: z
      .string()
      .min(1)
      .describe('Where the private key is kept, so that tokens outlive a restart'),
  })
  .parse(process.env)

const tokenRequest = z.object({
  subject: z.string().min(1).max(200),
  bikes: z.array(z.uuid()).max(2_000).optional(),
  roles: z.array(z.string().min(1).max(64)).max(16).optional(),
  partner: z.string().min(1).max(255).optional(),
})

const tokenLifetimeS = 3_600
const maxBodyBytes = 128 * 1024

const log = pino({ name: 'issuer', level: settings.LOG_LEVEL })
const key = await readIssuerKey(settings.ISSUER_KEY_FILE)

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    log.error({ err: error }, 'failed')
    if (!response.headersSent) sendJson(response, 500, { error: 'internal error' })
  })
})
server.requestTimeout = 10_000
server.listen(settings.PORT, '127.0.0.1', () => {
  log.warn('THIS TOKEN ISSUER IS FOR DEVELOPMENT ONLY: it gives a token to everyone who asks')
  log.info({ port: (server.address() as AddressInfo).port }, 'listening')
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close()
    server.closeIdleConnections()
  })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${request.method} ${request.url}`
  if (route === 'GET /jwks.json') return sendJson(response, 200, { keys: [key.publicJwk] })
  if (route === 'GET /healthz' || route === 'GET /readyz') return void response.end('ready\n')
  if (route !== 'POST /token') return sendJson(response, 404, { error: 'not found' })
  const asked = tokenRequest.safeParse(parseJson(await readBody(request)))
  if (!asked.success) return sendJson(response, 400, { error: z.prettifyError(asked.error) })
  const { subject, roles, partner, bikes = await bikesOf(asked.data) } = asked.data
  const token = await sign(subject, { bikes, ...(roles && { roles }), ...(partner && { partner }) })
  sendJson(response, 200, { access_token: token, token_type: 'Bearer', expires_in: tokenLifetimeS })
}

function sign(subject: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.publicJwk.kid ?? '', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(settings.JWT_ISSUER)
    .setAudience(settings.JWT_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${tokenLifetimeS} s`)
    .sign(key.privateKey)
}

/** As the API knows them. A token without bikes is of use, too: for reading, and for claiming the first one. */
async function bikesOf({ subject, roles }: z.output<typeof tokenRequest>): Promise<string[]> {
  if (settings.API_URL === undefined || roles !== undefined) return []
  const token = await sign('issuer', { roles: ['login'] })
  return ownedBikes(settings.API_URL, { riderId: subject, token }).catch((error: unknown) => {
    log.warn({ err: error }, 'the API does not tell who owns what: the token names no bike')
    return []
  })
}

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

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
