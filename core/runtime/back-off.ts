// Waiting with a bound: the platform's one back-off, and work that may not take for ever. Clients of the platform have their own
// (client/retry.ts, which heeds Retry-After, and simulator/module/pause.ts): they share no code with it.
import { setTimeout as delay } from 'node:timers/promises'

export interface BackOff {
  readonly firstMs: number
  readonly longestMs: number
}

/** For an engine that is away: soon enough for a blip, and no load on one that is coming back. */
const ofEngines: BackOff = { firstMs: 100, longestMs: 5_000 }

/**
 * How long to wait after so many failures before this one: twice as long each time up to a bound, and never the same for two
 * processes (a quarter less or more). `random` is uniform in [0, 1).
 * `backOffMs(0, { random: 0.5 })` → 100, `backOffMs(3, { random: 0.5 })` → 800, `backOffMs(50, { random: 0 })` → 3,750.
 */
export function backOffMs(
  attempt: number,
  options: Partial<BackOff & { readonly random: number }> = {},
): number {
  const { firstMs, longestMs, random } = { ...ofEngines, random: Math.random(), ...options }
  return Math.min(firstMs * 2 ** attempt, longestMs) * (0.75 + random / 2)
}

/** Waits that long. An abort ends the wait and rejects nothing. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}

/** Rests for the back-off of that attempt. */
export const pause = (attempt: number, signal: AbortSignal, backOff?: BackOff): Promise<void> =>
  rest(backOffMs(attempt, backOff), signal)

/** What the work resolves with; undefined after an abort: then it goes on by itself, and its failure is nobody's. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const onAbort = () => resolve(undefined)
  work.catch(() => undefined)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Rejects when `work` takes longer; `work` itself goes on. */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms)
  })
  work.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
