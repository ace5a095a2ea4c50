// Deletes samples from all partitions: from closed ones, too, and from the files in the end.
import type { Client, estypes } from '@elastic/elasticsearch'
import type { ErasedSamples, SampleEraser } from '../../riders/own-data/erasure/port.ts'
import { createClient, type ElasticsearchScope, openFor, ping } from './client.ts'
import { deleteDocuments } from './documents.ts'
import { aliasName, partitionPatterns } from './mapping.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'

const writeBlock = 'index.blocks.write'
/** In per cent of a segment's documents: more deleted ones than that are merged away. The engine's own default is ten. */
const deletesAllowed = 'index.merge.policy.expunge_deletes_allowed'
const patienceMs = 600_000
/** As many as one search may bring. */
const pageDocuments = 10_000

export function createSampleEraser(options: ElasticsearchOptions): SampleEraser & Connection {
  const client = createClient(options)
  const alias = aliasName(options.namespace)
  const partitions = partitionPatterns(alias)
  return {
    async erase(samples, { lifted, lift, putBack }) {
      const query = queryOf(samples)
      const settings = await client.indices.getSettings({
        index: partitions,
        name: writeBlock,
        flat_settings: true,
      })
      const isBlocked = (index: string) =>
        lifted.includes(index) ||
        (settings[index]?.settings as Record<string, unknown>)?.[writeBlock] === 'true'
      for (const index of await indicesOf(client, partitions)) {
        const { count } = await client.count({ index, query })
        if (count === 0 && !lifted.includes(index)) continue
        if (!isBlocked(index)) {
          await deleteFrom(client, index, query)
          continue
        }
        await lift(index)
        await client.indices.putSettings({ index, settings: { [writeBlock]: false } })
        try {
          await deleteFrom(client, index, query)
        } finally {
          await client.indices.addBlock({ index, block: 'write' })
        }
        await putBack(index)
      }
    },
    async expunge() {
      let isGone = true
      for (const index of await indicesOf(client, partitions)) {
        if (!(await expungeFrom(client, index))) isGone = false
      }
      return isGone
    },
    async count(samples) {
      await client.indices.refresh({ index: partitions })
      const { count } = await client.count({ index: partitions, query: queryOf(samples) })
      return count
    },
    close: () => client.close(),
    ping: () => ping(client),
  }
}

/** For a service, closed with it. */
export const openSampleEraser = (scope: ElasticsearchScope): SampleEraser =>
  openFor(scope, createSampleEraser)

async function indicesOf(client: Client, partitions: string[]): Promise<string[]> {
  const indices = await client.indices.get({ index: partitions, features: 'aliases' })
  return Object.keys(indices).sort()
}

/**
 * Page by page until a search finds none: not every distribution of the engine deletes by a query. A later page, or the count, finds
 * whatever is written meanwhile.
 */
async function deleteFrom(client: Client, index: string, query: estypes.QueryDslQueryContainer) {
  for (;;) {
    await client.indices.refresh({ index })
    const page = { index, query, size: pageDocuments, _source: false, track_total_hits: false }
    const { hits } = await client.search({ ...page, sort: ['_doc'] })
    if (hits.hits.length === 0) return
    await deleteDocuments(client, hits.hits)
  }
}

/** False while the engine keeps deleted documents for copies of the index that might ask for them: half a minute and more. */
async function expungeFrom(client: Client, index: string): Promise<boolean> {
  if ((await deletedIn(client, index)) === 0) return true
  await client.indices.putSettings({ index, settings: { [deletesAllowed]: 0 } })
  try {
    await client.indices.flush({ index, wait_if_ongoing: true })
    await client.indices.forcemerge({ index, only_expunge_deletes: true }, { requestTimeout: patienceMs })
    await client.indices.refresh({ index })
  } finally {
    await client.indices.putSettings({ index, settings: { [deletesAllowed]: null } })
  }
  return (await deletedIn(client, index)) === 0
}

async function deletedIn(client: Client, index: string): Promise<number> {
  const { _all } = await client.indices.stats({ index, metric: 'docs' })
  return _all.total?.docs?.deleted ?? 0
}

function queryOf({ riderIds, bikes }: ErasedSamples): estypes.QueryDslQueryContainer {
  const owned = bikes.flatMap(({ bikeId, windows }) =>
    windows.map(({ fromMs, toMs }) => ({
      bool: { filter: [{ term: { bike_id: bikeId } }, { range: { '@timestamp': during(fromMs, toMs) } }] },
    })),
  )
  return { bool: { should: [{ terms: { rider_id: [...riderIds] } }, ...owned] } }
}

const during = (fromMs: number, toMs: number) => ({
  ...(Number.isFinite(fromMs) && { gte: fromMs }),
  ...(Number.isFinite(toMs) && { lt: toMs }),
  format: 'epoch_millis',
})
