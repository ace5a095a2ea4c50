// Limits on rates: which client a request counts for, and token buckets by key (client address or sender), bounded in number.
import type { Clock, RateLimit } from '../ports.ts'

/** Takes one token of the key's bucket: 0 when there was one, else the milliseconds until there is. */
type RateLimiter = (key: string) => number

interface Bucket {
  tokens: number
  filledAtMs: number
}

/** Two a second, bursts of three: the first three calls give 0, a fourth at once 500 (milliseconds to wait). */
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
