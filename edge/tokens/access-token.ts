// Access tokens, as edge and API take them: JWT of one issuer for one audience, signed with a key of its JWKS.
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'

export interface AccessTokenRules {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
  /** The most from a token's issue to its end, seconds. */
  readonly maxLifetimeS: number
}

export type AccessTokenVerdict =
  | { readonly ok: true; readonly subject: string; readonly claims: JWTPayload; readonly expiresAtMs: number }
  | {
      readonly ok: false
      readonly reason: 'token_invalid' | 'token_expired' | 'keys_unavailable'
      readonly detail: string
    }

const algorithms = ['ES256', 'EdDSA', 'PS256', 'RS256']
const maxTokenChars = 8_192
const maxSubjectChars = 255
const clockToleranceS = 5
/** RFC 9068, and what most login services write; others name tokens for other purposes. */
const types = [undefined, 'jwt', 'at+jwt', 'application/at+jwt']
/** Of ID tokens, which say who signed in to a client and open nothing. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash']

export async function verifyAccessToken(
  token: string,
  { issuer, audience, keys, maxLifetimeS }: AccessTokenRules,
  nowMs = Date.now(),
): Promise<AccessTokenVerdict> {
  if (token.length > maxTokenChars) return invalid(`more than ${maxTokenChars} characters`)
  try {
    const { payload, protectedHeader } = await jwtVerify(token, blaming(keys), {
      ...{ issuer, audience, algorithms, requiredClaims: ['exp'] },
      ...{ clockTolerance: clockToleranceS, currentDate: new Date(nowMs) },
    })
    if (!types.includes(protectedHeader.typ?.toLowerCase())) return invalid('`typ` names no access token')
    if (idTokenClaims.some((claim) => claim in payload)) return invalid('an ID token is no access token')
    const { sub: subject, exp = 0, iat } = payload
    const issuedAtS = Math.min(iat ?? Infinity, nowMs / 1_000)
    if (exp - issuedAtS > maxLifetimeS + clockToleranceS) {
      return invalid(`the token lasts more than ${maxLifetimeS} s`)
    }
    if (typeof subject !== 'string' || !isUsable(subject)) return invalid('the token has no usable subject')
    return { ok: true, subject, claims: payload, expiresAtMs: exp * 1_000 }
  } catch (error) {
    return refusal(error)
  }
}

/** No database keeps a NUL, nor half of a pair of surrogates. */
const isUsable = (subject: string): boolean =>
  subject !== '' && subject.length <= maxSubjectChars && !subject.includes('\0') && subject.isWellFormed()

const invalid = (detail: string) => ({ ok: false, reason: 'token_invalid', detail }) as const

function refusal(error: unknown): AccessTokenVerdict {
  if (error instanceof KeysUnavailable) {
    return { ok: false, reason: 'keys_unavailable', detail: 'the keys of the token issuer cannot be read' }
  }
  if (error instanceof errors.JWTExpired) {
    return { ok: false, reason: 'token_expired', detail: 'the token has expired' }
  }
  return invalid(error instanceof errors.JOSEError ? error.message : 'the token is no JWT')
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

const askedAgainMs = 10 * 60_000
const usableMs = 24 * 3_600_000
const longestPauseMs = 60_000

/**
 * The issuer's keys: asked for when first needed, again after ten minutes, and when a token names an unknown key. They stay usable for 24 h
 * while the issuer is away; a process that starts then has none. Between two questions is a pause of a second, which doubles up to a
 * minute as long as they bring nothing: one question at a time and one pause, whatever tokens come.
 */
export function remoteKeys(jwksUrl: string, nowMs: () => number = Date.now): JWTVerifyGetKey {
  const known = createRemoteJWKSet(new URL(jwksUrl), {
    ...{ timeoutDuration: 3_000, cooldownDuration: Infinity, cacheMaxAge: Infinity },
  })
  let readAtMs = -Infinity
  let nextAtMs = -Infinity
  let fruitless = 0
  let isAway = false

  const ageMs = () => nowMs() - readAtMs
  const mayAsk = () => nowMs() >= nextAtMs

  /** Waits for the question that is under way, asks, or does nothing in a pause. */
  async function ask(): Promise<void> {
    if (!known.reloading) {
      if (!mayAsk()) return
      nextAtMs = nowMs() + Math.min(1_000 * 2 ** fruitless, longestPauseMs)
      fruitless += 1
    }
    try {
      await known.reload()
      readAtMs = nowMs()
      isAway = false
    } catch {
      isAway = true
    }
  }

  return async (header, input) => {
    if (ageMs() > askedAgainMs && (mayAsk() || ageMs() > usableMs)) {
      await ask()
      if (ageMs() <= askedAgainMs) fruitless = 0
    }
    if (ageMs() > usableMs) throw new KeysUnavailable('no keys of the last day')
    try {
      return await known(header, input)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await ask()
      if (isAway) throw new KeysUnavailable('the key may be a new one')
      const key = await known(header, input)
      fruitless = 0
      return key
    }
  }
}
