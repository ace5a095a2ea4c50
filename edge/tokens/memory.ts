// Verified tokens by their text until they expire, within a bound of bytes: the oldest make room.
import type { Identity } from '../ports.ts'

interface Verified {
  readonly identity: Identity
  readonly expiresAtMs: number
}

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
