// One membership in a consumer group, from joining to leaving. It ends with the first failure that it cannot mend;
// consumer.ts then opens the next one.
import { Base, ConnectionPool, Consumer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/waiting.ts'
import { asError, clientOptions, explain, isMembershipError, type KafkaAddress } from './client.ts'
import { startFetching } from './fetching.ts'
import { createNotifier } from './notifier.ts'
import type { BatchLimits, KafkaRecord, PartitionLag } from './port.ts'
import { createRecordBuffer, type NextOffset } from './record-buffer.ts'
import { endOffsets, startOffsets } from './start-offsets.ts'

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
  commit(batch: Batch): Promise<void>
  /** Notes offsets that were committed by a transaction. */
  committed(batch: Batch): void
  /** Fetch again from the committed offsets. */
  rewind(): void
  lag(): Promise<PartitionLag[]>
  /** Records fetched and not yet committed. */
  inFlight(): number
  /** What a transaction needs to know of the member. */
  member(): { groupId: string; memberId: string; generationId: number; coordinatorId: number }
  close(): Promise<void>
}

// A killed member's partitions move to others after the session timeout.
const sessionTimeoutMs = 8_000
const rebalanceTimeoutMs = 15_000
const heartbeatIntervalMs = 1_500
const leaveTimeoutMs = 3_000

export async function joinGroup(options: MembershipOptions): Promise<Membership> {
  const { group, topics, log, limits } = options
  const consumer = new Consumer({
    ...clientOptions(options),
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
  })
  // Fetches wait at the broker; on the connection of the heartbeats they would hold those up.
  const pool = new ConnectionPool(`${options.name}-fetch`, {
    ...clientOptions(options),
    requestTimeout: 6_000,
  })
  const changed = createNotifier()
  const buffer = createRecordBuffer()
  const committed = new Map<string, bigint>()
  /** Handed over and not committed. */
  let atHand: readonly KafkaRecord[] = []
  let failure: Error | undefined
  let joins = 0
  // Not the client's own: it has the next generation before it knows the partitions, when batches still count as current.
  let joined = { memberId: '', generationId: -1 }
  let resumedAt = -1
  let stopFetching: () => Promise<void> = async () => undefined

  const fail = (error: unknown) => {
    failure ??= asError(error)
    changed.notify()
  }
  consumer.on('error', fail)
  consumer.on('consumer:heartbeat:stalled', () =>
    fail(new Error('no heartbeat reaches the group coordinator')),
  )
  consumer.on('consumer:group:join', ({ memberId, generationId }) => {
    joins++
    joined = { memberId: memberId ?? '', generationId: generationId ?? -1 }
    changed.notify()
  })

  async function resume(): Promise<void> {
    await stopFetching()
    buffer.clear()
    committed.clear()
    const at = joins
    const assigned = (consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    const starts = await startOffsets({ ...options, consumer, assigned })
    for (const { topic, partition, offset } of starts) committed.set(`${topic}:${partition}`, offset)
    stopFetching = await startFetching({
      consumer,
      pool,
      buffer,
      changed,
      starts,
      maxBytes: limits.maxBytes,
      fail,
    })
    resumedAt = at
    log.debug({ group, partitions: starts.length }, 'consuming')
  }

  const membership: Membership = {
    async next(signal) {
      signal.addEventListener('abort', changed.notify)
      atHand = []
      try {
        while (!signal.aborted) {
          if (failure !== undefined) throw failure
          if (resumedAt !== joins) {
            await resume()
            continue
          }
          const batch = buffer.take(limits)
          if (batch !== undefined) {
            changed.notify()
            atHand = batch.records
            return { ...batch, generation: joins }
          }
          await changed.next()
        }
        return undefined
      } finally {
        signal.removeEventListener('abort', changed.notify)
      }
    },
    isCurrent: ({ generation }) => failure === undefined && generation === joins,
    async commit(batch) {
      const mine = batch.next.filter(({ topic, partition }) =>
        consumer.assignments?.some((one) => one.topic === topic && one.partitions.includes(partition)),
      )
      if (mine.length === 0) return
      try {
        await consumer.commit({ offsets: mine.map((each) => ({ ...each, leaderEpoch: -1 })) })
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
      const ends = await endOffsets(consumer, topics)
      const oldestMs = buffer.oldestMs()
      // From last to first, so that the first stays.
      for (const record of atHand.toReversed())
        oldestMs.set(`${record.topic}:${record.partition}`, record.timestampMs)
      const nowMs = Date.now()
      return [...committed].map(([key, offset]) => {
        const colon = key.lastIndexOf(':')
        const topic = key.slice(0, colon)
        const partition = Number(key.slice(colon + 1))
        const end = ends.get(topic)?.[partition] ?? offset
        const sinceMs = oldestMs.get(key)
        if (end <= offset) return { partition, lag: 0n, ageSeconds: 0 }
        const ageSeconds = sinceMs === undefined ? undefined : Math.max(0, nowMs - sinceMs) / 1_000
        return { partition, lag: end - offset, ageSeconds }
      })
    },
    inFlight: () => atHand.length + buffer.records(),
    member: () => ({
      groupId: group,
      ...joined,
      coordinatorId: consumer.coordinatorId ?? -1,
    }),
    async close() {
      fail(new Error('left the group'))
      const stopped = stopFetching()
      await pool.close()
      await stopped
      await within(leaveGroup(consumer), leaveTimeoutMs, 'leaving the group').catch((error) =>
        log.info({ group, reason: explain(error) }, 'the group was not told of the leave'),
      )
      await within(consumer.close(true), leaveTimeoutMs, 'closing').catch(() =>
        Base.prototype.close.call(consumer),
      )
    },
  }

  try {
    for (const topic of topics) consumer.topics.track(topic)
    await consumer.joinGroup({})
    return membership
  } catch (error) {
    await membership.close()
    throw error
  }
}

// The promise of the client's overloads.
function leaveGroup(consumer: Consumer): Promise<void> {
  return new Promise((resolve, reject) => {
    consumer.leaveGroup(true, (error) => (error ? reject(error) : resolve()))
  })
}
