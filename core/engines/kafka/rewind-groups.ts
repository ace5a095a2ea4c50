// Sets consumer groups back in time: after a restore their stores lack what was written since, and Kafka still has it.
import { Admin, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka'
import { clientOptions, type KafkaCluster } from './client.ts'

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
  const { topics: known } = await admin.metadata({ topics: [...topics] })
  const ask = async (timestamp: bigint) => {
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
  const [later, ends] = [await ask(BigInt(atMs)), await ask(ListOffsetTimestamps.LATEST)]
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
