// Snapshots of Elasticsearch as production has them: the service `tiers` begins them, and a restore takes the newest whole one.
import { createClient } from '../../core/engines/elasticsearch/client.ts'
import type { Connection, ElasticsearchOptions } from '../../core/engines/elasticsearch/port.ts'
import { createTierStore } from '../../core/engines/elasticsearch/tiers.ts'
import { waitUntil } from '../../testkit/wait.ts'

const repository = 'drill'
const timeoutMs = 300_000

export interface SearchSnapshots extends Connection {
  register(location: string): Promise<void>
  /** Resolves when it is whole, with the moment at which it began. */
  take(signal: AbortSignal): Promise<number>
  /** Into an engine that has none of its indices. */
  restoreNewest(): Promise<void>
}

export function openSearchSnapshots(options: ElasticsearchOptions): SearchSnapshots {
  const client = createClient(options)
  const tiers = createTierStore(options)
  const newest = async () => (await tiers.readSnapshots(repository)).at(-1)
  return {
    async register(location) {
      await client.snapshot.createRepository({
        name: repository,
        repository: { type: 'fs', settings: { location } },
      })
    },
    async take(signal) {
      await tiers.beginSnapshot(repository, Date.now())
      const unfinished = async () => {
        const state = (await newest())?.state
        return state === 'whole' ? [] : [`the snapshot is ${state}`]
      }
      await waitUntil(unfinished, { withinMs: timeoutMs, everyMs: 200, signal })
      return (await newest())?.startedAtMs ?? 0
    },
    async restoreNewest() {
      const snapshot = await newest()
      if (snapshot?.state !== 'whole') throw new Error('there is no whole snapshot')
      const wait = { wait_for_completion: true, include_global_state: false }
      const answer = await client.snapshot.restore(
        { repository, snapshot: snapshot.name, ...wait },
        { requestTimeout: timeoutMs },
      )
      const failed = answer.snapshot?.shards.failed
      if (failed !== 0) throw new Error(`${failed ?? 'all'} shards were not restored`)
    },
    ping: tiers.ping,
    async close() {
      await Promise.all([client.close(), tiers.close()])
    },
  }
}
