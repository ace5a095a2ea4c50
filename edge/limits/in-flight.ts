// Bounds the bytes of all uploads at hand. What does not fit is refused, never queued.

export interface InFlight {
  /** Reserves bytes, or returns undefined when they do not fit. */
  take(bytes: number): Hold | undefined
  readonly bytes: number
}

export interface Hold {
  /** Changes the reservation; false, and nothing changed, when it does not fit. */
  resize(bytes: number): boolean
  /** Gives everything back; further calls do nothing. */
  release(): void
}

export function createInFlight(maxBytes: number): InFlight {
  let total = 0
  return {
    get bytes() {
      return total
    },
    take(bytes) {
      if (total + bytes > maxBytes) return undefined
      total += bytes
      let held = bytes
      return {
        resize(next) {
          if (total - held + next > maxBytes) return false
          total += next - held
          held = next
          return true
        },
        release() {
          total -= held
          held = 0
        },
      }
    },
  }
}
