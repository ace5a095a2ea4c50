// Checks bearer tokens: JWT of a known issuer, signed with a key of its JWKS; verified tokens are remembered until they expire.
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isUuid, uuidBytes } from '../../proto/index.ts'
import type { Clock, Identity, TokenVerdict, VerifyToken } from '../ports.ts'
import { createTokenMemory } from './memory.ts'

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
  readonly clock: Clock
  /** Memory for verified tokens. */
  readonly maxRememberedBytes?: number
}

const algorithms = ['ES256', 'EdDSA', 'PS256', 'RS256']
const maxTokenChars = 8192
const maxSubjectChars = 255
const clockToleranceS = 5

/** The issuer's keys, fetched when first needed and again, at most every 30 s, when a token names an unknown key. */
export function remoteKeys(jwksUrl: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3_000, cooldownDuration: 30_000 })
}

/** Remembers by the token's text: a hash of it could only be had asynchronously on all runtimes, at a higher price. */
export function createTokenVerifier(rules: TokenRules): VerifyToken {
  const { clock } = rules
  const remembered = createTokenMemory(rules.maxRememberedBytes ?? 64 * 1024 * 1024)
  return (token) => {
    const identity = remembered.find(token, clock.nowMs())
    if (identity !== undefined) return { ok: true, identity }
    return verify(token, rules).then((verdict) => {
      if (!('expiresAtMs' in verdict)) return verdict
      const { identity, expiresAtMs } = verdict
      remembered.add(token, { identity, expiresAtMs }, clock.nowMs())
      return { ok: true, identity }
    })
  }
}

type Verified = { ok: true; identity: Identity; expiresAtMs: number }
type Refused = Extract<TokenVerdict, { ok: false }>

async function verify(token: string, rules: TokenRules): Promise<Verified | Refused> {
  if (token.length > maxTokenChars) {
    return { ok: false, reason: 'token_invalid', detail: `more than ${maxTokenChars} characters` }
  }
  try {
    const { payload } = await jwtVerify(token, blaming(rules.keys), {
      issuer: rules.issuer,
      audience: rules.audience,
      algorithms,
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceS,
      currentDate: new Date(rules.clock.nowMs()),
    })
    return identify(payload)
  } catch (error) {
    return refusal(error)
  }
}

function identify(payload: JWTPayload): Verified | Refused {
  const { sub, bikes, exp } = payload
  if (typeof sub !== 'string' || sub === '' || sub.length > maxSubjectChars) {
    return { ok: false, reason: 'token_unfit', detail: 'the token has no usable subject' }
  }
  if (!Array.isArray(bikes) || !bikes.every((bike) => typeof bike === 'string' && isUuid(bike))) {
    return { ok: false, reason: 'token_unfit', detail: 'the claim `bikes` is no list of UUIDs' }
  }
  const ids = new Map(bikes.map((bike: string) => [bike.toLowerCase(), uuidBytes(bike)]))
  return { ok: true, identity: { subject: sub, bikes: ids }, expiresAtMs: (exp as number) * 1000 }
}

class KeysUnavailable extends Error {}

/** Tells a failure to get at the keys, of which the token is innocent, from a token that no key fits. */
function blaming(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, input) => {
    try {
      return await keys(header, input)
    } catch (error) {
      const noKeyFits = error instanceof errors.JOSEError && !unreadable.has(error.code)
      throw noKeyFits ? error : new KeysUnavailable('the keys cannot be read', { cause: error })
    }
  }
}

const unreadable = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'])

function refusal(error: unknown): Refused {
  if (error instanceof KeysUnavailable) {
    return { ok: false, reason: 'keys_unavailable', detail: 'the keys of the token issuer cannot be read' }
  }
  if (error instanceof errors.JWTExpired) {
    return { ok: false, reason: 'token_expired', detail: 'the token has expired' }
  }
  const detail = error instanceof errors.JOSEError ? error.message : 'the token is no JWT'
  return { ok: false, reason: 'token_invalid', detail }
}
