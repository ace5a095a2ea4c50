// Who asks: the rider or the service staff named by a bearer token of the configured issuer.
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Authenticate } from './port.ts'
import type { Problem } from './problem.ts'

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
}

const algorithms = ['ES256', 'EdDSA', 'PS256', 'RS256']
const maxTokenChars = 8_192
/** In the claim `roles`, an array. */
const serviceRole = 'service'
const maxSubjectChars = 255
const clockToleranceS = 5

/** The issuer's keys: fetched when first needed and again, at most every 30 s, when a token names an unknown key. */
export function remoteKeys(jwksUrl: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3_000, cooldownDuration: 30_000 })
}

export function createAuthenticate({ issuer, audience, keys }: TokenRules): Authenticate {
  return async (authorization) => {
    const token = /^Bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined)
      return { reason: 'token_missing', detail: 'send `Authorization: Bearer <token>`' }
    if (token.length > maxTokenChars) return { reason: 'token_invalid', detail: 'the token is too long' }
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: clockToleranceS,
      })
      const { sub = '', roles } = payload
      if (sub === '' || sub.length > maxSubjectChars) {
        return { reason: 'token_invalid', detail: 'the token has no usable subject' }
      }
      return { riderId: sub, isService: Array.isArray(roles) && roles.includes(serviceRole) }
    } catch (error) {
      return refusal(error)
    }
  }
}

/** Failures to read the keys, of which the token is innocent. */
const unreadableKeys = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'])

function refusal(error: unknown): Problem {
  if (error instanceof errors.JOSEError && !unreadableKeys.has(error.code)) {
    return { reason: 'token_invalid', detail: error.message }
  }
  return { reason: 'keys_unavailable', detail: 'the keys of the token issuer cannot be read' }
}
