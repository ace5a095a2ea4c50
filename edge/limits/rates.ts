// Limits on rates: which client a request counts for, and token buckets by key (client address or sender), bounded in number.
import type { Clock, RateLimit } from '../ports.ts'

export interface RateLimiter {
  /** Takes `cost` tokens of the key's bucket: 0 when there were as many, else the milliseconds until there are. */
  take(key: string, cost?: number): number
  /** As `take` would answer, but takes nothing. */
  waitMs(key: string, cost?: number): number
  /** Takes `cost` tokens, also those that are not there: for what is known only afterwards. */
  charge(key: string, cost?: number): void
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

const unlimited: RateLimiter = { take: () => 0, waitMs: () => 0, charge: () => undefined }

/** So often at most all buckets are looked at for those that can be forgotten. */
const sweepEveryMs = 1_000

/**
 * Two a second, bursts of three: `take` gives 0 three times, and at once a fourth time 500 (milliseconds to wait). `cost` is at most
 * the burst. Forgets full buckets only, since that changes nothing: no flood of new keys frees a key that is limited. Where
 * `maxKeys` buckets are not full, further keys share one.
 */
export function createRateLimiter(options: {
  readonly rate: RateLimit
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly maxKeys?: number
}): RateLimiter {
  const { rate, clock, maxKeys = 100_000 } = options
  if (rate.perSecond === 0) return unlimited
  const buckets = new Map<string, Bucket>()
  const perMs = rate.perSecond / 1000
  const full = (nowMs: number): Bucket => ({ tokens: rate.burst, filledAtMs: nowMs })
  const shared = full(0)
  let sweptAtMs = Number.NEGATIVE_INFINITY

  function filled(bucket: Bucket, nowMs: number): Bucket {
    bucket.tokens = Math.min(rate.burst, bucket.tokens + (nowMs - bucket.filledAtMs) * perMs)
    bucket.filledAtMs = nowMs
    return bucket
  }

  function forgetFull(nowMs: number): void {
    if (nowMs - sweptAtMs < sweepEveryMs) return
    sweptAtMs = nowMs
    for (const [key, bucket] of buckets) if (filled(bucket, nowMs).tokens === rate.burst) buckets.delete(key)
  }

  function bucketOf(key: string, nowMs: number): Bucket {
    const known = buckets.get(key)
    if (known !== undefined) return filled(known, nowMs)
    if (buckets.size >= maxKeys) forgetFull(nowMs)
    if (buckets.size >= maxKeys) return filled(shared, nowMs)
    const bucket = full(nowMs)
    buckets.set(key, bucket)
    return bucket
  }

  const missingMs = ({ tokens }: Bucket, cost: number) =>
    tokens >= cost ? 0 : Math.ceil((cost - tokens) / perMs)

  return {
    take(key, cost = 1) {
      const bucket = bucketOf(key, clock.monotonicMs())
      const waitMs = missingMs(bucket, cost)
      if (waitMs === 0) bucket.tokens -= cost
      return waitMs
    },
    waitMs: (key, cost = 1) => missingMs(bucketOf(key, clock.monotonicMs()), cost),
    charge(key, cost = 1) {
      bucketOf(key, clock.monotonicMs()).tokens -= cost
    },
  }
}

/**
 * `trustedProxies` counts the proxies of ours that append to X-Forwarded-For. Entries further left were written by the
 * client and are not believed. IPv6 clients count by their /64, of which each household owns one.
 *
 * Connection `10.0.0.1`, header `203.0.113.9, 198.51.100.7`, one proxy → `198.51.100.7`; `2001:db8::1` → `2001:db8:0:0::/64`
 */
export function clientAddress(of: {
  connection: string
  forwardedFor: string | null
  trustedProxies: number
}): string {
  const { connection, forwardedFor, trustedProxies } = of
  if (trustedProxies === 0 || forwardedFor === null) return network(connection)
  const entries = forwardedFor.split(',')
  const entry = entries[entries.length - trustedProxies]?.trim()
  return network(entry === undefined || entry === '' ? connection : entry)
}

/** Some proxies write a port behind the address, and brackets around one of IPv6; capitals and small letters are the same. */
function withoutPort(address: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(address) ?? []
  return (bracketed ?? address.replace(/^([^:]*):\d+$/, '$1')).toLowerCase()
}

function network(written: string): string {
  const address = withoutPort(written)
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}
