// The witness worker: what bikes say in telemetry.clean about their parts → the newest word on each slot, and findings.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { PartWord, WitnessStore } from './port.ts'
import { newestWords, wordsOf } from './words.ts'

export interface WitnessWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: WitnessStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface WitnessWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: a word heard again is no newer than itself. */
export function createWitnessWorker({ consumer, store, metrics, log }: WitnessWorkerDeps): WitnessWorker {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const words = newestWords(batch.flatMap((record) => decode(record)))
    const { opened, closed } = await store.note(words)
    if (opened > 0 || closed > 0) log.info({ opened, closed }, 'findings about parts that bikes report')
    metrics.records('written', words.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Only the platform's own workers write here; what cannot be read is a foreign writer's, and left aside. */
  function decode({ value, partition, offset }: KafkaRecord): PartWord[] {
    try {
      return wordsOf(value ?? new Uint8Array())
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no clean track, left aside')
      return []
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
