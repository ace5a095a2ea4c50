// Batch consumers that survive Kafka's absence: they keep opening memberships until told to stop.
import type { Logger } from 'pino'
import { pause, untilAborted } from '../../runtime/back-off.ts'
import {
  type Consumption as Asked,
  clusterOf,
  explain,
  type KafkaCluster,
  type KafkaScope,
} from './client.ts'
import { type Batch, joinGroup, type Membership } from './membership.ts'
import type { BatchConsumer, BatchLimits, PartitionLag } from './port.ts'

export interface ConsumerOptions extends KafkaCluster {
  readonly group: string
  readonly topics: readonly string[]
  readonly limits: BatchLimits
  readonly log: Logger
  /** A batch that has been at hand for so long is told as trouble. */
  readonly longBatchMs?: number
}

// The engines' clients end what takes them longer than half a minute. A request that takes much longer is repeated by them, or hangs.
const defaultLongBatchMs = 120_000

/** Reads in the service's consumer group; closed with the service. */
export function openConsumer(scope: KafkaScope, { topics, limits }: Asked): BatchConsumer {
  const consumer = createBatchConsumer({
    ...{ ...clusterOf(scope.config), group: scope.group, limits, log: scope.log },
    topics: topics.map(scope.topic),
  })
  scope.onReadiness('Kafka', consumer.away)
  scope.onClose(consumer.close)
  return consumer
}

/** Says why Kafka hands out nothing at the moment, whatever becomes of its records; undefined when it does. */
export type Served<Consumer = object> = Consumer & { away(): string | undefined }

export function createBatchConsumer(options: ConsumerOptions, join = joinGroup): Served<BatchConsumer> {
  const consumption = createConsumption(options, join)
  return {
    run: (handle, signal) =>
      consumption.run(async (membership, batch) => {
        const done = await consumption.retry(() => handle(batch.records, signal), {
          membership,
          batch,
          signal,
        })
        if (done !== undefined) await membership.commit(batch)
      }, signal),
    lag: consumption.lag,
    inFlight: consumption.inFlight,
    away: consumption.away,
    trouble: consumption.trouble,
    close: consumption.close,
  }
}

type Deliver = (membership: Membership, batch: Batch) => Promise<void>

interface RetryOptions {
  readonly membership: Membership
  readonly batch: Batch
  readonly signal: AbortSignal
  /** True of what a repetition cannot mend, which is thrown. */
  readonly isFinal?: (error: unknown) => boolean
}

export interface Consumption extends Served {
  /** Hands batches to `deliver`, which throws when the membership is of no use any more. */
  run(deliver: Deliver, signal: AbortSignal, onJoin?: () => Promise<void>): Promise<void>
  /** Calls `work` until it succeeds; undefined when it is no longer this member's to do. */
  retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<{ value: T } | undefined>
  lag(): Promise<readonly PartitionLag[]>
  inFlight(): number
  trouble(): string | undefined
  close(): Promise<void>
}

/** Common to batch and transactional consumers. */
export function createConsumption(options: ConsumerOptions, join = joinGroup): Consumption {
  const { group, log, longBatchMs = defaultLongBatchMs } = options
  let current: Membership | undefined
  let awayBecause: string | undefined = 'Kafka: joining the consumer group'
  let stuckBecause: string | undefined
  let atHandSinceMs: number | undefined

  const away = () => awayBecause ?? current?.trouble()

  function slowness(): string | undefined {
    const atHandMs = atHandSinceMs === undefined ? 0 : performance.now() - atHandSinceMs
    return atHandMs < longBatchMs ? undefined : `a batch is at hand for ${Math.round(atHandMs / 1_000)} s`
  }

  return {
    async run(deliver, signal, onJoin) {
      for (let attempt = 0; !signal.aborted; attempt++) {
        try {
          current = await join({ ...options, name: group }, signal)
          if (!signal.aborted && onJoin !== undefined) await untilAborted(onJoin(), signal)
          for (;;) {
            const next = current.next(signal)
            awayBecause = undefined
            stuckBecause = undefined
            const batch = await next
            if (batch === undefined) break
            if (batch.records.length > 0) await deliver(current, batch)
            else await current.commit(batch)
            attempt = 0
          }
        } catch (error) {
          awayBecause = `Kafka: ${explain(error)}`
          if (!signal.aborted) log.warn({ group, reason: explain(error) }, 'waiting for Kafka')
        }
        await current?.close()
        current = undefined
        if (!signal.aborted) await pause(attempt, signal)
      }
    },
    async retry(work, { membership, batch, signal, isFinal }) {
      for (let attempt = 0; ; attempt++) {
        try {
          atHandSinceMs = performance.now()
          const value = await work()
          stuckBecause = undefined
          return { value }
        } catch (error) {
          if (isFinal?.(error)) throw error
          stuckBecause = `a batch cannot be handled: ${explain(error)}`
          log.warn({ group, records: batch.records.length, attempt, err: error }, 'a batch will be repeated')
        } finally {
          atHandSinceMs = undefined
        }
        await pause(attempt, signal)
        if (signal.aborted || !membership.isCurrent(batch)) return undefined
      }
    },
    lag: async () => (await current?.lag().catch(() => undefined)) ?? [],
    inFlight: () => current?.inFlight() ?? 0,
    away,
    trouble: () => away() ?? stuckBecause ?? slowness(),
    close: async () => {
      await current?.close()
      current = undefined
    },
  }
}
