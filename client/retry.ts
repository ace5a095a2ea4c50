// When to try again: what the edge asks for, or exponential back-off; always with jitter, so that phones do not march in step.

export interface RetryPolicy {
  readonly firstMs: number
  readonly longestMs: number
}

export const defaultRetryPolicy: RetryPolicy = { firstMs: 1_000, longestMs: 15 * 60_000 }

/** `Retry-After` in milliseconds from now, given as seconds or as an HTTP date; undefined when it is neither. */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // What is no HTTP date, such as "1.5", is a date to `Date.parse` all the same.
  const dateMs = / GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}

/**
 * The pause before the next attempt after `failures` (≥ 1) attempts in a row without an answer. What the edge asks for
 * is a lower bound, up to the policy's longest pause; `random` is uniform in [0, 1).
 */
export function pauseMs(
  { failures, retryAfterMs, random }: { failures: number; retryAfterMs?: number; random: number },
  { firstMs, longestMs }: RetryPolicy = defaultRetryPolicy,
): number {
  if (retryAfterMs !== undefined) {
    const asked = Math.min(retryAfterMs, longestMs)
    return Math.round(asked + random * Math.max(firstMs, asked / 4))
  }
  const backOff = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(backOff * (0.5 + random / 2))
}
