// Sets consumer groups back in time: after a restore their stores lack what was written since, and Kafka still has it.
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka'
import { clientOptions, type KafkaCluster } from './client.ts'
import { topicOffsets } from './group-progress.ts'

export interface Reader {
  readonly group: string
  readonly topics: readonly string[]
}

/**
 * Each group goes on at the first record that Kafka wrote at `atMs` or later, and at the end of partitions without one. May be done again.
 * @throws when a group has members: stop its processes first
 */
export async function rewindGroups(
  cluster: KafkaCluster,
  { readers, atMs }: { readers: readonly Reader[]; atMs: number },
): Promise<void> {
  const admin = new Admin(clientOptions({ ...cluster, name: 'rewind' }))
  try {
    const starts = await offsetsAt(admin, [...new Set(readers.flatMap(({ topics }) => topics))], atMs)
    for (const { group, topics } of readers) {
      await admin.alterConsumerGroupOffsets({
        groupId: group,
        topics: topics.map((name) => ({
          name,
          partitionOffsets: (starts.get(name) ?? []).map((offset, partition) => ({ partition, offset })),
        })),
      })
    }
  } finally {
    await admin.close()
  }
}

/** By topic, in the order of partitions. */
async function offsetsAt(
  admin: Admin,
  topics: readonly string[],
  atMs: number,
): Promise<Map<string, bigint[]>> {
  const later = await topicOffsets(admin, topics, BigInt(atMs))
  const ends = await topicOffsets(admin, topics, ListOffsetTimestamps.LATEST)
  return new Map(
    [...ends].map(([name, last]) => [
      name,
      last.map((end, partition) => {
        const first = later.get(name)?.[partition] ?? -1n
        return first < 0n ? end : first
      }),
    ]),
  )
}
