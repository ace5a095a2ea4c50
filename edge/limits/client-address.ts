// Which client to count a request for: the connection's address, or what our own proxies say about it.

/**
 * `trustedProxies` counts the proxies of ours that append to X-Forwarded-For. Entries further left were written by the
 * client and are not believed. IPv6 clients count by their /64, of which each household owns one.
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
