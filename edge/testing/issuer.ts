// A token issuer for tests and benchmarks: one key, its JWKS over HTTP, tokens with whatever claims a test needs.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface TestIssuer {
  /** What an edge needs to believe this issuer. */
  readonly env: Readonly<Record<'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE', string>>
  token(claims: { subject?: string; bikes?: readonly string[]; expiresInS?: number }): Promise<string>
  close(): void
}

const env = { JWT_ISSUER: 'test-issuer', JWT_AUDIENCE: 'test-telemetry' }

export async function startTestIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' }] })
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(jwks),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    env: { ...env, JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json` },
    token: ({ subject = 'rider', bikes = [], expiresInS = 3600 }) =>
      new SignJWT({ bikes })
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setSubject(subject)
        .setIssuer(env.JWT_ISSUER)
        .setAudience(env.JWT_AUDIENCE)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInS)
        .sign(privateKey),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
