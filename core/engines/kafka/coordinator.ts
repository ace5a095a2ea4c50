// Requests of a member to its group's coordinator, besides to join: to keep offsets, to tell them, and to let it go. On a connection of
// its own, because the broker answers nothing on the connection of a join before the join is over.

import { setTimeout as delay } from 'node:timers/promises'
import {
  type Broker,
  ConnectionPool,
  findErrorBy,
  leaveGroupV5,
  offsetCommitV9,
  offsetFetchV9,
} from '@platformatic/kafka'
import { clientOptions, type KafkaAddress } from './client.ts'
import type { NextOffset } from './record-buffer.ts'

export interface MemberIds {
  readonly memberId: string
  readonly generationId: number
}

export interface AssignedPartition {
  readonly topic: string
  readonly partition: number
}

export interface Coordinator {
  /** Rejects with a membership error (client.ts) when the group has moved on: then nothing is committed. */
  commit(offsets: readonly NextOffset[], member: MemberIds): Promise<void>
  /** By `topic:partition`, only where there is one. Waits for transactions that are still deciding an offset. */
  committed(assigned: readonly AssignedPartition[]): Promise<Map<string, bigint>>
  /** Resolves when the group does not wait for the member any more, whether it was in it or not. */
  leave(memberId: string): Promise<void>
  close(): Promise<void>
}

interface CoordinatorOptions extends KafkaAddress {
  readonly group: string
  /** The broker that coordinates the group now; asked again before each repetition. */
  locate(): Promise<Broker | undefined>
}

/** Kafka aborts a transaction that is open longer (transactions.ts), so that its offsets are decided by then. */
const undecidedRepeats = 100
const repeats = 2
const pauseMs = 100

export function createCoordinator({ group, locate, ...address }: CoordinatorOptions): Coordinator {
  const pool = new ConnectionPool(`${address.name}-coordinator`, clientOptions(address))

  /** The client's own commit joins the group anew when it is outdated, beside its heartbeat, which does that too: each outdates the other. */
  async function ask<T>(
    request: (connection: Awaited<ReturnType<typeof pool.get>>) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        const broker = await locate()
        if (broker === undefined) throw new Error('the group has no coordinator')
        return await request(await pool.get(broker))
      } catch (error) {
        if (attempt >= repeatsOf(error as Error)) throw error
      }
      await delay(pauseMs)
    }
  }

  return {
    async commit(offsets, { memberId, generationId }) {
      const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, list]) => ({
        name,
        partitions: list.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: -1,
          committedMetadata: null,
        })),
      }))
      await ask((connection) =>
        offsetCommitV9.api.async(connection, group, generationId, memberId, null, topics),
      )
    },
    async committed(assigned) {
      const topics = [...Map.groupBy(assigned, ({ topic }) => topic)].map(([name, list]) => ({
        name,
        partitionIndexes: list.map(({ partition }) => partition),
      }))
      const asked = [{ groupId: group, memberId: null, memberEpoch: -1, topics }]
      const { groups } = await ask((connection) => offsetFetchV9.api.async(connection, asked, true))
      const found = groups.flatMap((each) => each.topics)
      return new Map(
        found.flatMap(({ name, partitions }) =>
          partitions
            .filter(({ committedOffset }) => committedOffset >= 0n)
            .map(({ partitionIndex, committedOffset }) => [`${name}:${partitionIndex}`, committedOffset]),
        ),
      )
    },
    async leave(memberId) {
      try {
        await ask((connection) => leaveGroupV5.api.async(connection, group, [{ memberId }]))
      } catch (error) {
        if (findErrorBy(error as Error, 'unknownMemberId', true) === null) throw error
      }
    },
    close: async () => {
      await pool.close()
    },
  }
}

/** How often a request is repeated that ended so; a member that is outdated stays so. */
function repeatsOf(error: Error): number {
  if (findErrorBy(error, 'needsRejoin', true) !== null) return 0
  return findErrorBy(error, 'apiId', 'UNSTABLE_OFFSET_COMMIT') === null ? repeats : undecidedRepeats
}
