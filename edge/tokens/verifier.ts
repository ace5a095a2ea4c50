// Checks bearer tokens of riders; verified ones are remembered until they expire, within a bound of bytes.
import { isUuid, uuidBytes } from '../../proto/index.ts'
import type { Clock, Identity, TokenVerdict, VerifyToken } from '../ports.ts'
import { type AccessTokenRules, verifyAccessToken } from './access-token.ts'

export interface TokenRules extends AccessTokenRules {
  readonly clock: Clock
  /** Memory for verified tokens. */
  readonly maxRememberedBytes?: number
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

type Refused = Extract<TokenVerdict, { ok: false }>

async function verify(token: string, rules: TokenRules): Promise<({ ok: true } & Verified) | Refused> {
  const verdict = await verifyAccessToken(token, rules, rules.clock.nowMs())
  if (!verdict.ok) return verdict
  const { subject, claims, expiresAtMs } = verdict
  const { bikes } = claims
  if (!Array.isArray(bikes) || !bikes.every((bike) => typeof bike === 'string' && isUuid(bike))) {
    return { ok: false, reason: 'token_unfit', detail: 'the claim `bikes` is no list of UUIDs' }
  }
  const ids = new Map(bikes.map((bike: string) => [bike.toLowerCase(), uuidBytes(bike)]))
  return { ok: true, identity: { subject, bikes: ids }, expiresAtMs }
}

interface Verified {
  readonly identity: Identity
  readonly expiresAtMs: number
}

/** Verified tokens by their text: the oldest make room. */
export interface TokenMemory {
  /** Undefined when the token is not known or has expired. */
  find(token: string, nowMs: number): Identity | undefined
  add(token: string, verified: Verified, nowMs: number): void
  /** An estimate. */
  readonly bytes: number
}

/** A bike is an entry in a map, a text and 16 bytes with their buffer. */
const bikeBytes = 400
const entryBytes = 200

export function createTokenMemory(maxBytes: number): TokenMemory {
  const entries = new Map<string, Verified>()
  let bytes = 0

  function drop(token: string): void {
    const entry = entries.get(token)
    if (entry !== undefined && entries.delete(token)) bytes -= weight(token, entry)
  }

  /** Maps keep the order of insertion: what is in front is the oldest, and mostly the next to expire. */
  function makeRoom(needed: number, nowMs: number): void {
    for (const [token, { expiresAtMs }] of entries) {
      if (expiresAtMs > nowMs && bytes + needed <= maxBytes) return
      drop(token)
    }
  }

  return {
    get bytes() {
      return bytes
    },
    find(token, nowMs) {
      const known = entries.get(token)
      if (known === undefined || known.expiresAtMs > nowMs) return known?.identity
      drop(token)
      return undefined
    },
    add(token, verified, nowMs) {
      drop(token)
      const needed = weight(token, verified)
      if (needed > maxBytes) return
      makeRoom(needed, nowMs)
      entries.set(token, verified)
      bytes += needed
    },
  }
}

function weight(token: string, { identity }: Verified): number {
  return entryBytes + token.length + identity.bikes.size * bikeBytes
}
