// Deletes samples from all partitions: from closed ones, too, and from the files in the end.
import type { Client, estypes } from '@elastic/elasticsearch'
import type { ErasedSamples, SampleEraser } from '../../riders/own-data/erasure/port.ts'
import { createClient, type ElasticsearchScope, openFor } from './client.ts'
import { aliasName, partitionPatterns } from './mapping.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'

const writeBlock = 'index.blocks.write'
/** In per cent of a segment's documents: more deleted ones than that are merged away. The engine's own default is ten. */
const deletesAllowed = 'index.merge.policy.expunge_deletes_allowed'
const patienceMs = 600_000

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
      for (const index of await indicesOf(client, partitions)) await expungeFrom(client, index)
    },
    async count(samples) {
      await client.indices.refresh({ index: partitions })
      const { count } = await client.count({ index: partitions, query: queryOf(samples) })
      return count
    },
    close: () => client.close(),
    ping: async () => void (await client.ping()),
  }
}

/** For a service, closed with it. */
export const openSampleEraser = (scope: ElasticsearchScope): SampleEraser =>
  openFor(scope, createSampleEraser)

async function indicesOf(client: Client, partitions: string[]): Promise<string[]> {
  const indices = await client.indices.get({ index: partitions, features: 'aliases' })
  return Object.keys(indices).sort()
}

/** What was written while it ran is met by the next round, of which the count decides. */
async function deleteFrom(client: Client, index: string, query: estypes.QueryDslQueryContainer) {
  await client.indices.refresh({ index })
  const { failures = [] } = await client.deleteByQuery(
    { index, query, conflicts: 'proceed', refresh: true, slices: 'auto' },
    { requestTimeout: patienceMs },
  )
  const [failure] = failures
  if (failure !== undefined) throw new Error(`${index} keeps documents: ${failure.cause.reason}`)
}

async function expungeFrom(client: Client, index: string): Promise<void> {
  if ((await deletedIn(client, index)) === 0) return
  await client.indices.putSettings({ index, settings: { [deletesAllowed]: 0 } })
  try {
    await client.indices.flush({ index, wait_if_ongoing: true })
    await client.indices.forcemerge({ index, only_expunge_deletes: true }, { requestTimeout: patienceMs })
    await client.indices.refresh({ index })
  } finally {
    await client.indices.putSettings({ index, settings: { [deletesAllowed]: null } })
  }
  const left = await deletedIn(client, index)
  if (left > 0) throw new Error(`the files of ${index} still have ${left} deleted documents`)
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
