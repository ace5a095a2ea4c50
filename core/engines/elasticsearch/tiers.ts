// Partitions as they lie on the nodes of a cluster: their segments, their tier, their snapshots.
import type { Snapshot, StoredIndex, Tier, TierStore } from '../../telemetry/tiers/port.ts'
import { createClient, ping } from './client.ts'
import { aliasName, partitionPatterns, tierPreference, tierSetting } from './mapping.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'

const endTime = 'index.time_series.end_time'
/** A month of the largest fleet is merged in less; the engine goes on when nobody waits any more. */
const mergeTimeoutMs = 6 * 3_600_000

export function createTierStore(options: ElasticsearchOptions): TierStore & Connection {
  const client = createClient(options)
  const alias = aliasName(options.namespace)
  const partitions = partitionPatterns(alias)
  return {
    async readIndices() {
      const [settings, segments, stats] = await Promise.all([
        client.indices.getSettings({ index: partitions, name: [tierSetting, endTime], flat_settings: true }),
        client.indices.segments({ index: partitions }),
        client.indices.stats({ index: partitions, metric: 'docs', level: 'shards' }),
      ])
      return Object.entries(settings).flatMap(([name, answer]): StoredIndex[] => {
        const flat = answer.settings as Readonly<Record<string, string | undefined>>
        const shards = segments.indices[name]?.shards
        const writes = stats.indices?.[name]?.shards
        // Made or removed between two of the answers.
        if (shards === undefined || writes === undefined) return []
        return [
          {
            name,
            endMs: Date.parse(flat[endTime] ?? ''),
            tier: tierOf(flat[tierSetting]),
            segments: Object.values(shards)
              .flat()
              .filter(({ routing }) => routing.primary)
              .flatMap((shard) => Object.values(shard.segments).map(({ num_docs }) => num_docs)),
            writes: Object.values(writes)
              .flat()
              .filter((shard) => shard.routing?.primary === true)
              .reduce((sum, shard) => sum + (shard.seq_no?.max_seq_no ?? 0), 0),
          },
        ]
      })
    },
    async merge(index, signal) {
      const answer = await client.indices.forcemerge(
        { index, max_num_segments: 1 },
        { requestTimeout: mergeTimeoutMs, signal },
      )
      const failure = answer._shards?.failures?.[0]
      if (failure !== undefined) throw new Error(`${index} is not merged: ${failure.reason.reason}`)
    },
    async move(index, tier) {
      await client.indices.putSettings({ index, settings: { [tierSetting]: tierPreference[tier] } })
    },
    async readSnapshots(repository) {
      const { snapshots = [] } = await client.snapshot.get({
        ...{ repository, snapshot: `${alias}-*`, sort: 'start_time', order: 'asc', index_names: false },
      })
      return snapshots.map(({ snapshot, start_time_in_millis, state }) => ({
        name: snapshot,
        startedAtMs: Number(start_time_in_millis ?? 0),
        state: stateOf(state),
      }))
    },
    async beginSnapshot(repository, nowMs) {
      // Every node must reach it: else the snapshot would lack the shards of those that do not.
      await client.snapshot.verifyRepository({ name: repository })
      const moment = new Date(nowMs)
        .toISOString()
        .replaceAll(/[-:]|\..*$/g, '')
        .toLowerCase()
      await client.snapshot.create({
        ...{ repository, snapshot: `${alias}-${moment}`, indices: partitions },
        ...{ include_global_state: false, wait_for_completion: false },
      })
    },
    async removeSnapshot(repository, name) {
      await client.snapshot.delete({ repository, snapshot: name })
    },
    ping: () => ping(client),
    close: () => client.close(),
  }
}

/** Partitions of before the tiers have no preference of ours, and are where all were made. */
function tierOf(preferred = ''): Tier {
  const tiers: readonly Tier[] = ['cold', 'warm']
  return tiers.find((tier) => preferred.startsWith(`data_${tier}`)) ?? 'hot'
}

function stateOf(state: string | undefined): Snapshot['state'] {
  if (state === 'SUCCESS') return 'whole'
  return state === 'IN_PROGRESS' ? 'under way' : 'broken'
}
