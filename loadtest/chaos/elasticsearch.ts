// What a chaos run asks of Elasticsearch beside the telemetry store.
import { aliasName } from '../../core/engines/elasticsearch/mapping.ts'

export interface ElasticsearchAddress {
  readonly url: string
  readonly username: string
  readonly password: string
}

/** Often enough for a fault of seconds; every 30 s by default. */
const lookEvery = '10s'
const answerWithinMs = 30_000

/** Has it look after its disk, as a deployed cluster does; the local one is told not to, for the sake of full laptops. */
export async function watchDisks(address: ElasticsearchAddress): Promise<void> {
  const persistent = {
    'cluster.routing.allocation.disk.threshold_enabled': true,
    'cluster.info.update.interval': lookEvery,
  }
  await request(address, { method: 'PUT', path: '_cluster/settings', body: { persistent } })
}

/** Afterwards a search finds all that was stored before. */
export async function refreshTelemetry(address: ElasticsearchAddress, namespace: string): Promise<void> {
  await request(address, { method: 'POST', path: `${aliasName(namespace)}/_refresh` })
}

/** Documents of all bikes, known or not, that a search finds now. */
export async function countTelemetry(address: ElasticsearchAddress, namespace: string): Promise<number> {
  const answer = await request(address, { method: 'GET', path: `${aliasName(namespace)}/_count` })
  return (answer as { count: number }).count
}

/** The answer's JSON. */
async function request(
  { url, username, password }: ElasticsearchAddress,
  { method, path, body }: { method: string; path: string; body?: object },
): Promise<unknown> {
  const response = await fetch(`${url}/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerWithinMs),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
