// The network address of a caller, for what is limited by address.
import type { Context } from 'hono'

export interface AddressFacts {
  /** Of the connection; empty where there is none, as in tests. */
  readonly connection: string
  readonly forwardedFor: string | undefined
  /** How many proxies of ours append to X-Forwarded-For. A caller can write any address further left. */
  readonly trustedProxies: number
}

/**
 * IPv6 callers count by their /64, of which each household has one.
 *
 *     connection 10.0.0.1, header `203.0.113.9, 198.51.100.7`, one proxy → 198.51.100.7;  2001:db8::1 → 2001:db8:0:0
 */
export function callerAddress({ connection, forwardedFor, trustedProxies }: AddressFacts): string {
  const entries = trustedProxies === 0 ? [] : (forwardedFor ?? '').split(',')
  const entry = entries.at(-trustedProxies)?.trim() ?? ''
  return network(entry === '' ? connection : entry)
}

interface NodeRuntime {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
}

export function addressOf(c: Context, trustedProxies: number): string {
  const connection = (c.env as NodeRuntime | undefined)?.incoming?.socket?.remoteAddress ?? ''
  return callerAddress({ connection, forwardedFor: c.req.header('x-forwarded-for'), trustedProxies })
}

function network(written: string): string {
  const text = written.toLowerCase().slice(0, 64)
  const address = /^\[([^\]]*)\]/.exec(text)?.[1] ?? text.replace(/^([^:]*):\d+$/, '$1')
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const missing = Math.max(0, 8 - groups(head).length - groups(tail).length)
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)]
  return all.slice(0, 4).join(':')
}
