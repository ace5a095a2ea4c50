// How far consumer groups have read topics, for whoever waits until they have read what is there now.
import { Admin, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import type { GroupProgress } from '../../riders/own-data/erasure/port.ts'
import { clientOptions, clusterOf, type KafkaCluster, type KafkaScope } from './client.ts'

export function createGroupProgress(cluster: KafkaCluster): GroupProgress & { close(): Promise<void> } {
  const admin = new Admin(clientOptions({ ...cluster, name: 'group-progress' }))
  return {
    async ends(topics) {
      const { topics: known } = await admin.metadata({ topics: [...topics] })
      const asked = topics.map((name) => ({
        name,
        partitions: [...(known.get(name)?.partitions ?? []).keys()].map((partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        })),
      }))
      const told = await admin.listOffsets({
        topics: asked,
        isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
      })
      return Object.fromEntries(
        told.map(({ name, partitions }) => [
          name,
          partitions.sort((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => String(offset)),
        ]),
      )
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

/** For a service, closed with it. */
export function openGroupProgress(scope: KafkaScope): GroupProgress {
  const progress = createGroupProgress(clusterOf(scope.config))
  scope.onClose(progress.close)
  return progress
}
