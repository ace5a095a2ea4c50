// A token issuer for tests and benchmarks: one key, its JWKS over HTTP, tokens with whatever claims a test needs.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export interface TestIssuer {
  /** What an edge needs to believe this issuer. */
  readonly env: Readonly<Record<'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE', string>>
  /** Signed with the issuer's key, whatever `keyId` names. */
  token(claims: {
    readonly subject?: string
    readonly bikes?: readonly string[]
    readonly expiresInS?: number
    readonly keyId?: string
    readonly others?: JWTPayload
  }): Promise<string>
  /** How often the keys were asked for. */
  readonly questions: () => number
  /** From now on the keys are answered with 503. */
  goAway(): void
  close(): void
}

const env = { JWT_ISSUER: 'test-issuer', JWT_AUDIENCE: 'test-telemetry' }

export async function startTestIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' }] })
  let questions = 0
  let isAway = false
  const server = createServer((_, response) => {
    questions += 1
    if (isAway) response.statusCode = 503
    response.setHeader('content-type', 'application/json').end(isAway ? '{}' : jwks)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    env: { ...env, JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json` },
    token: ({ subject = 'rider', bikes = [], expiresInS = 3600, keyId = 'test', others }) =>
      new SignJWT({ bikes, ...others })
        .setProtectedHeader({ alg: 'ES256', kid: keyId })
        .setSubject(subject)
        .setIssuer(env.JWT_ISSUER)
        .setAudience(env.JWT_AUDIENCE)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInS)
        .sign(privateKey),
    questions: () => questions,
    goAway: () => {
      isAway = true
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
