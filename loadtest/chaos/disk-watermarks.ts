// Elasticsearch looks after its disk, as a deployed cluster does; the local one is told not to, for the sake of full laptops.

export interface ElasticsearchAddress {
  readonly url: string
  readonly username: string
  readonly password: string
}

/** Often enough for a fault of seconds; every 30 s by default. */
const lookEvery = '10s'

export async function watchDisks({ url, username, password }: ElasticsearchAddress): Promise<void> {
  const response = await fetch(`${url}/_cluster/settings`, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      persistent: {
        'cluster.routing.allocation.disk.threshold_enabled': true,
        'cluster.info.update.interval': lookEvery,
      },
    }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`Elasticsearch does not watch its disk: ${await response.text()}`)
}
