// FOR DEVELOPMENT ONLY: issues a token to everyone who asks, for any rider and any bike, without a password.
// It stands in for the maker's login service on a developer's machine, listens on 127.0.0.1 whatever HOST says, and
// nothing but infra/local starts it. In production JWKS_URL and OIDC_ISSUER_URL point to the real login service.
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { z } from 'zod'
import { readIssuerKey } from './issuer/key.ts'
import { createIssuer } from './issuer/server.ts'

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

const log = pino({ name: 'issuer', level: settings.LOG_LEVEL })
const server = createIssuer({
  key: await readIssuerKey(settings.ISSUER_KEY_FILE),
  accessTokens: { issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE },
  apiUrl: settings.API_URL,
  log,
})
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
