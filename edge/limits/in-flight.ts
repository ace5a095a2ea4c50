// Bounds the bytes of all uploads at hand, and of each sender's. An upload that does not fit is refused, never queued.

export interface InFlight {
  /** Reserves bytes, or returns undefined when they do not fit; without a sender only the common bound counts. */
  take(bytes: number, sender?: string): Reservation | undefined
  readonly bytes: number
  /** Reservations not yet given back. */
  readonly uploads: number
}

export interface Reservation {
  /** Changes the reservation; false, and nothing changed, when it does not fit. */
  resize(bytes: number): boolean
  /** Enlarges the reservation to at least that; false, and nothing changed, when it does not fit. */
  cover(bytes: number): boolean
  /** Gives everything back; further calls do nothing. */
  release(): void
}

/** The memory that an upload of the largest size holds at its peak: its body, its decompressed bytes and its envelopes. */
export function largestUploadBytes(of: { compressedBytes: number; decompressedBytes: number }): number {
  return of.compressedBytes + 2 * of.decompressedBytes
}

export function createInFlight(bounds: { maxBytes: number; maxBytesPerSender: number }): InFlight {
  const { maxBytes, maxBytesPerSender } = bounds
  const shares = new Map<string, number>()
  let total = 0
  let uploads = 0

  /** Adds to the total and to the sender's share, or to neither. */
  function add(bytes: number, sender: string | undefined): boolean {
    if (total + bytes > maxBytes) return false
    if (sender !== undefined) {
      const share = (shares.get(sender) ?? 0) + bytes
      if (share > maxBytesPerSender) return false
      if (share === 0) shares.delete(sender)
      else shares.set(sender, share)
    }
    total += bytes
    return true
  }

  return {
    get bytes() {
      return total
    },
    get uploads() {
      return uploads
    },
    take(bytes, sender) {
      if (!add(bytes, sender)) return undefined
      let held = bytes
      let released = false
      uploads++
      function resize(next: number): boolean {
        if (!add(next - held, sender)) return false
        held = next
        return true
      }
      return {
        resize,
        cover: (needed) => needed <= held || resize(needed),
        release() {
          add(-held, sender)
          held = 0
          if (!released) uploads--
          released = true
        },
      }
    },
  }
}
