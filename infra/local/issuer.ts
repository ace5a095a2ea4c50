// FOR DEVELOPMENT ONLY: issues a token to everyone who asks, for any rider and any bike, without a password.
// It stands in for the maker's login service on a developer's machine, listens on 127.0.0.1 whatever HOST says, and
// nothing but infra/local starts it. In production JWKS_URL and OIDC_ISSUER_URL point to the real login service.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { z } from 'zod'
import { runCommand } from '../../core/runtime/command-line/run-command.ts'
import { ConfigurationError, takenPort } from '../../core/runtime/transport.ts'
import { readIssuerKey } from './issuer/key.ts'
import { createIssuer } from './issuer/server.ts'

const settings = z.object({
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

/** Throws a ConfigurationError with a line for each fault. */
function readSettings(): z.output<typeof settings> {
  const { data, error } = settings.safeParse(process.env)
  if (data !== undefined) return data
  const faults = error.issues.map(({ path: [name], message }) => {
    const setting = String(name)
    return `${setting}: ${process.env[setting] === undefined ? 'is not set' : message}`
  })
  throw new ConfigurationError(faults.join('\n'))
}

async function serve(): Promise<void> {
  const { PORT, LOG_LEVEL, API_URL, JWT_ISSUER, JWT_AUDIENCE, ISSUER_KEY_FILE } = readSettings()
  const log = pino({ name: 'issuer', level: LOG_LEVEL })
  const server = createIssuer({
    key: await readIssuerKey(ISSUER_KEY_FILE),
    accessTokens: { issuer: JWT_ISSUER, audience: JWT_AUDIENCE },
    apiUrl: API_URL,
    log,
  })
  server.listen(PORT, '127.0.0.1')
  await once(server, 'listening').catch((error: Error) => {
    throw takenPort(error, 'PORT')
  })
  log.warn('THIS TOKEN ISSUER IS FOR DEVELOPMENT ONLY: it gives a token to everyone who asks')
  log.info({ port: (server.address() as AddressInfo).port }, 'listening')
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close()
      server.closeIdleConnections()
    })
  }
}

await runCommand({
  usage: 'Usage:\n  node infra/local/issuer.ts     issues tokens for development; npm start runs it',
  read: (args) => {
    if (args.length > 0) throw new Error(`not understood: ${args.join(' ')}`)
  },
  obey: serve,
})
