// How far consumer groups have read topics, for whoever waits until they have read what is there now.
import { Admin, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import type { GroupProgress } from '../../riders/own-data/erasure/port.ts'
import { clientOptions, clusterOf, type KafkaCluster, type KafkaScope } from './client.ts'

export function createGroupProgress(cluster: KafkaCluster): GroupProgress & { close(): Promise<void> } {
  const admin = new Admin(clientOptions({ ...cluster, name: 'group-progress' }))
  return {
    async ends(topics) {
      const ends = await topicOffsets(admin, topics, ListOffsetTimestamps.LATEST)
      return Object.fromEntries([...ends].map(([name, offsets]) => [name, offsets.map(String)]))
    },
    async behind(groups, ends) {
      const topics = Object.entries(ends).map(([name, { length }]) => ({
        name,
        partitionIndexes: Array.from({ length }, (_, partition) => partition),
      }))
      const told = await admin.listConsumerGroupOffsets({
        groups: groups.map((groupId) => ({ groupId, topics })),
        requireStable: true,
      })
      const isBehind = (topic: string, partition: number, committed: bigint) =>
        committed >= 0n && committed < BigInt(ends[topic]?.[partition] ?? 0)
      return told
        .filter((group) =>
          group.topics.some(({ name, partitions }) =>
            partitions.some(({ partitionIndex, committedOffset }) =>
              isBehind(name, partitionIndex, committedOffset),
            ),
          ),
        )
        .map(({ groupId }) => groupId)
    },
    close: async () => void (await admin.close()),
  }
}

/**
 * By topic, in the order of partitions: the first record that Kafka wrote at `timestamp` (Unix milliseconds) or later, -1 where there is none;
 * for `LATEST` the end, behind what is still undecided.
 */
export async function topicOffsets(
  admin: Admin,
  topics: readonly string[],
  timestamp: bigint,
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const { topics: known } = await admin.metadata({ topics: [...topics] })
  const told = await admin.listOffsets({
    topics: topics.map((name) => ({
      name,
      partitions: [...(known.get(name)?.partitions ?? []).keys()].map((partitionIndex) => ({
        partitionIndex,
        timestamp,
      })),
    })),
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
  })
  return new Map(
    told.map(({ name, partitions }) => [
      name,
      partitions.sort((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => offset),
    ]),
  )
}

/** For a service, closed with it. */
export function openGroupProgress(scope: KafkaScope): GroupProgress {
  const progress = createGroupProgress(clusterOf(scope.config))
  scope.onClose(progress.close)
  return progress
}
