// One membership in a consumer group, from joining to leaving. It ends with the first failure that it cannot mend;
// consumer.ts then opens the next one.
import { setTimeout as delay } from 'node:timers/promises'
import { Base, ConnectionPool, Consumer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'
import { asError, clientOptions, explain, isMembershipError, type KafkaAddress } from './client.ts'
import { createCoordinator, type MemberIds } from './coordinator.ts'
import { startFetching } from './fetching.ts'
import { endOffsets, lagOf, startOffsets } from './offsets.ts'
import type { BatchLimits, KafkaRecord, PartitionLag } from './port.ts'
import { createRecordBuffer, type NextOffset } from './record-buffer.ts'

export interface MembershipOptions extends KafkaAddress {
  readonly group: string
  readonly topics: readonly string[]
  readonly limits: BatchLimits
  readonly log: Logger
}

export interface Batch {
  readonly records: readonly KafkaRecord[]
  readonly next: readonly NextOffset[]
  /** The generation of the group in which the records were fetched. */
  readonly generation: number
}

export interface Membership {
  /** The next batch, which may have nothing but offsets; undefined when `signal` aborts. Throws when the membership is broken. */
  next(signal: AbortSignal): Promise<Batch | undefined>
  /** False when the group was rebalanced since: the batch's partitions may be others' now. */
  isCurrent(batch: Batch): boolean
  /** Commits what is still this member's; whoever owns the rest repeats it. */
  commit(batch: Batch): Promise<void>
  /** Notes offsets that were committed by a transaction. */
  committed(batch: Batch): void
  /** Fetch again from the committed offsets. */
  rewind(): void
  lag(): Promise<PartitionLag[]>
  /** Records fetched and not yet committed. */
  inFlight(): number
  /** Why nothing is fetched at the moment. */
  trouble(): string | undefined
  /** The member as a transaction has to name it. */
  member(): MemberIds & { readonly groupId: string; readonly coordinatorId: number }
  close(): Promise<void>
}

// A killed member's partitions move to others after the session timeout.
const sessionTimeoutMs = 8_000
const rebalanceTimeoutMs = 15_000
const heartbeatIntervalMs = 1_500
const leaveTimeoutMs = 3_000
const memberIdWithinMs = 1_000

/** Resolves when the group has assigned partitions, or when `signal` aborts. */
export async function joinGroup(options: MembershipOptions, signal: AbortSignal): Promise<Membership> {
  const { group, topics, log, limits } = options
  const groupOptions = {
    ...clientOptions(options),
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
  }
  // The broker answers one request after the other on a connection: a join waits there for the other members, a fetch for
  // records. So who joins does nothing else, and who fetches neither.
  const joiner = new Consumer(groupOptions)
  const reader = new Consumer(groupOptions)
  const pool = new ConnectionPool(`${options.name}-fetch`, {
    ...clientOptions(options),
    requestTimeout: 6_000,
  })
  const coordinator = createCoordinator({
    ...options,
    locate: async () => {
      const id = joiner.coordinatorId ?? (await reader.findGroupCoordinator())
      return (await reader.metadata({ topics: [...topics] })).brokers.get(id)
    },
  })
  const buffer = createRecordBuffer()
  const committed = new Map<string, bigint>()
  /** Handed over and not committed. */
  let atHand: readonly KafkaRecord[] = []
  let failure: Error | undefined
  /** A fetch failed, and the group has not said since that this is still a member. */
  let doubt: Error | undefined
  let joins = 0
  // Not the client's own: it has the next generation before it knows the partitions, when batches still count as current.
  let joined: MemberIds = { memberId: '', generationId: -1 }
  let resumedAt = -1
  let stopFetching: () => Promise<void> = async () => undefined
  let isJoining = true
  let closing: Promise<void> | undefined

  const fail = (error: unknown) => {
    failure ??= asError(error)
    buffer.notify()
  }
  const confirm = () => {
    if (doubt === undefined) return
    doubt = undefined
    resumedAt = -1
    buffer.notify()
  }
  joiner.on('error', fail)
  joiner.on('consumer:heartbeat:end', confirm)
  joiner.on('consumer:heartbeat:error', ({ error }) => {
    if (doubt !== undefined) fail(error)
  })
  joiner.on('consumer:heartbeat:stalled', () => fail(new Error('no heartbeat reaches the group coordinator')))
  joiner.on('consumer:group:join', ({ memberId, generationId }) => {
    joins++
    joined = { memberId: memberId ?? '', generationId: generationId ?? -1 }
    log.debug({ group, generationId }, 'joined the group')
    doubt = undefined
    buffer.notify()
  })

  const assigned = () =>
    (joiner.assignments ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )

  async function resume(): Promise<void> {
    await stopFetching()
    buffer.clear()
    committed.clear()
    const at = joins
    // Whoever led a partition may not lead it any more.
    reader.clearMetadata()
    const starts = await startOffsets({ consumer: reader, coordinator, assigned: assigned(), log })
    for (const { topic, partition, offset } of starts) committed.set(`${topic}:${partition}`, offset)
    stopFetching = await startFetching({
      consumer: reader,
      pool,
      buffer,
      starts,
      maxBytes: limits.maxBytes,
      fail(error) {
        log.info({ group, reason: explain(error) }, 'fetching was broken off')
        doubt ??= asError(error)
        buffer.notify()
      },
    })
    resumedAt = at
    log.debug({ group, partitions: starts.length }, 'consuming')
  }

  /** Stays in the group under the id that it is just getting, or leaves it: an id that nobody uses delays all others. */
  async function leave(): Promise<void> {
    const mayGetId = () => joiner.memberId === null && (isJoining || joins > 0)
    for (let waitedMs = 0; mayGetId() && waitedMs < memberIdWithinMs; waitedMs += 20) await delay(20)
    const { memberId } = joiner
    // Ends heartbeats and joins at once. Its own request to leave may wait behind a join.
    joiner.leaveGroup(true, () => undefined)
    if (memberId !== null) await coordinator.leave(memberId)
  }

  async function closeAll(): Promise<void> {
    fail(new Error('left the group'))
    const stopped = stopFetching()
    await pool.close()
    await stopped
    await within(leave(), leaveTimeoutMs, 'leaving the group').catch((error) =>
      log.info({ group, reason: explain(error) }, 'the group was not told of the leave'),
    )
    log.debug({ group }, 'left the group')
    // The client's own end would ask to leave once more.
    await Promise.all([coordinator.close(), reader.close(true), Base.prototype.close.call(joiner)])
  }

  const membership: Membership = {
    async next(until) {
      until.addEventListener('abort', buffer.notify)
      atHand = []
      try {
        while (!until.aborted) {
          if (failure !== undefined) throw failure
          if (resumedAt !== joins && doubt === undefined) {
            await resume()
            continue
          }
          const batch = doubt === undefined ? buffer.take(limits) : undefined
          if (batch !== undefined) {
            buffer.notify()
            atHand = batch.records
            return { ...batch, generation: joins }
          }
          await buffer.changed()
        }
        return undefined
      } finally {
        until.removeEventListener('abort', buffer.notify)
      }
    },
    isCurrent: ({ generation }) => failure === undefined && generation === joins,
    async commit(batch) {
      const own = new Set(assigned().map(({ topic, partition }) => `${topic}:${partition}`))
      const mine = batch.next.filter(({ topic, partition }) => own.has(`${topic}:${partition}`))
      if (mine.length === 0) return
      try {
        await coordinator.commit(mine, joined)
        membership.committed(batch)
      } catch (error) {
        // The heartbeat will notice too and join again; whoever owns the partitions then repeats the batch.
        if (!isMembershipError(error)) throw error
        log.info(
          { group, reason: explain(error) },
          'a batch was not committed because the group was rebalanced',
        )
      }
    },
    committed({ next, records }) {
      if (atHand === records) atHand = []
      for (const { topic, partition, offset } of next) committed.set(`${topic}:${partition}`, offset)
    },
    rewind() {
      resumedAt = -1
    },
    async lag() {
      const oldestMs = buffer.oldestMs()
      // From last to first, so that the first stays.
      for (const record of atHand.toReversed())
        oldestMs.set(`${record.topic}:${record.partition}`, record.timestampMs)
      return lagOf({ committed, ends: await endOffsets(reader, topics), oldestMs, nowMs: Date.now() })
    },
    inFlight: () => atHand.length + buffer.records(),
    trouble: () => doubt && `Kafka: ${explain(doubt)}`,
    member: () => ({ groupId: group, ...joined, coordinatorId: joiner.coordinatorId ?? -1 }),
    close: () => (closing ??= closeAll()),
  }

  const onAbort = () => void membership.close()
  signal.addEventListener('abort', onAbort)
  try {
    for (const topic of topics) joiner.topics.track(topic)
    log.debug({ group }, 'joining the group')
    await joiner.joinGroup({}).finally(() => {
      isJoining = false
    })
    return membership
  } catch (error) {
    await membership.close()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
