// The quality worker: telemetry.stored → faults and the days of bikes → PostgreSQL, for the analysis of field errors.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import { type CleanSamples, readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { observe } from './observations.ts'
import type { FieldStore } from './port.ts'

export interface QualityWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: FieldStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface QualityWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: what was noted before changes nothing. */
export function createQualityWorker({ consumer, store, metrics, log }: QualityWorkerDeps): QualityWorker {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const tracks = (await inSlices(batch, bytesOf, (record) => decode(record) ?? [])).flat()
    await store.note(observe(tracks))
    metrics.records('written', tracks.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Search has read every track before; bytes that are none can only be a foreign writer's, and are left aside. */
  function decode({ value, partition, offset }: KafkaRecord): CleanSamples | undefined {
    try {
      return readStoredRecord(value ?? new Uint8Array())
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no stored track, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
