// Waiting with a bound: pauses that grow, and work that may not take for ever.
import { setTimeout as delay } from 'node:timers/promises'

const firstPauseMs = 100
const longestPauseMs = 5_000

/** Before attempt 1, 2, …: longer each time up to five seconds, and never the same for two processes. */
export async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs)
  // An abort ends the pause, not its caller.
  await delay(ms * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
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
