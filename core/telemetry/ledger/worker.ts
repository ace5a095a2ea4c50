// The ledger worker: telemetry.outcomes → the books in PostgreSQL.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { collapseOutcomes, lateOutcomes, newTracks, readOutcomeRecord } from './outcome-record.ts'
import type { BookedOutcome, LedgerStore } from './port.ts'

export interface LedgerWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: LedgerStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface LedgerWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Entries replace each other, so any batch may be booked twice. */
export function createLedgerWorker({ consumer, store, metrics, log }: LedgerWorkerDeps): LedgerWorker {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const outcomes = collapseOutcomes(batch.flatMap((record) => decode(record) ?? []))
    await store.book(outcomes, newTracks(outcomes), lateOutcomes(outcomes, Date.now()))
    metrics.records('written', outcomes.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    log.debug({ outcomes: outcomes.length }, 'booked')
  }

  /** Only the platform's own workers write here; what cannot be read is a foreign writer's, and left aside. */
  function decode({ value, partition, offset }: KafkaRecord): BookedOutcome | undefined {
    try {
      return readOutcomeRecord(value ?? new Uint8Array())
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no outcome, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
