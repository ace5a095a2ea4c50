// Work under a load that goes on beside it: neither outlives the other.

export interface Load {
  /** Goes on until `signal` aborts; rejects when it cannot go on. */
  readonly ride: (signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/** Resolves when work and load have ended. When the load fails, the work's signal aborts, and the load's error is thrown. */
export async function underLoad<T>(
  { ride, signal }: Load,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const both = AbortSignal.any([signal, ending.signal])
  const riding = ride(both)
  riding.catch((error: unknown) => ending.abort(error))
  try {
    return await work(both)
  } finally {
    ending.abort()
    await riding
  }
}
