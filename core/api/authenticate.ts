// Who asks: the subject of a bearer token of the configured issuer, and the roles in it.
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Authenticate, Caller } from './port.ts'
import type { Problem } from './problem.ts'
import { retiredRole, roles, staffRoles } from './roles.ts'

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
}

const algorithms = ['ES256', 'EdDSA', 'PS256', 'RS256']
const maxTokenChars = 8_192
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
      const { sub = '' } = payload
      if (sub === '' || sub.length > maxSubjectChars) {
        return { reason: 'token_invalid', detail: 'the token has no usable subject' }
      }
      return callerOf(sub, payload)
    } catch (error) {
      return refusal(error)
    }
  }
}

/** `{roles: ['read', 'odd']}  →  {subject, roles: {'read'}}` */
function callerOf(subject: string, claims: JWTPayload): Caller | Problem {
  const claimed: readonly unknown[] = Array.isArray(claims.roles) ? claims.roles : []
  const { partner } = claims
  const isPartner = typeof partner === 'string' && partner !== '' && partner.length <= maxSubjectChars
  const held = roles.filter((role) => claimed.includes(role) && (role !== 'partner' || isPartner))
  if (held.length === 0 && claimed.includes(retiredRole)) return retired
  return { subject, roles: new Set(held), ...(held.includes('partner') && { partner: String(partner) }) }
}

const retired: Problem<'role_missing'> = {
  reason: 'role_missing',
  detail: `the role \`${retiredRole}\` opens nothing any more; staff have the roles ${staffRoles.map((role) => `\`${role}\``).join(', ')}`,
}

/** Failures to read the keys, of which the token is innocent. */
const unreadableKeys = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'])

function refusal(error: unknown): Problem {
  if (error instanceof errors.JOSEError && !unreadableKeys.has(error.code)) {
    return { reason: 'token_invalid', detail: error.message }
  }
  return { reason: 'keys_unavailable', detail: 'the keys of the token issuer cannot be read' }
}
