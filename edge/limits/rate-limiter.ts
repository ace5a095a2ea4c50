// Token buckets by key (client address or sender), bounded in number.
import type { Clock, RateLimit } from '../ports.ts'

/** Takes one token of the key's bucket: 0 when there was one, else the milliseconds until there is. */
export type RateLimiter = (key: string) => number

interface Bucket {
  tokens: number
  filledAtMs: number
}

export function createRateLimiter(options: { rate: RateLimit; clock: Clock; maxKeys?: number }): RateLimiter {
  const { rate, clock, maxKeys = 100_000 } = options
  if (rate.perSecond === 0) return () => 0
  const buckets = new Map<string, Bucket>()
  const perMs = rate.perSecond / 1000
  return (key) => {
    const nowMs = clock.monotonicMs()
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      if (buckets.size >= maxKeys) forgetOldest(buckets)
      bucket = { tokens: rate.burst, filledAtMs: nowMs }
      buckets.set(key, bucket)
    }
    bucket.tokens = Math.min(rate.burst, bucket.tokens + (nowMs - bucket.filledAtMs) * perMs)
    bucket.filledAtMs = nowMs
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMs)
    bucket.tokens -= 1
    return 0
  }
}

/** A tenth at once, so that a flood of new keys costs little. Maps keep the order of insertion. */
function forgetOldest(buckets: Map<string, Bucket>): void {
  let surplus = Math.ceil(buckets.size / 10)
  for (const key of buckets.keys()) {
    if (surplus-- === 0) return
    buckets.delete(key)
  }
}
