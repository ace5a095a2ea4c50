// The quarantine worker: telemetry.quarantine → a table that people can list and replay from, and from which telemetry
// goes on by itself when enough is known of its bike.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { QuarantineMetrics } from './metrics.ts'
import type { QuarantineEntry, QuarantineStore } from './port.ts'
import { readQuarantineRecord } from './quarantine-record.ts'
import type { Room } from './room.ts'
import type { WakeWaiting } from './waiting.ts'

export interface QuarantineWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: Pick<QuarantineStore, 'add'>
  readonly room: Room
  readonly wakeWaiting: WakeWaiting
  readonly metrics: WorkerMetrics & QuarantineMetrics
  readonly log: Logger
}

export interface QuarantineWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

export function createQuarantineWorker(deps: QuarantineWorkerDeps): QuarantineWorker {
  const { consumer, store, room, wakeWaiting, metrics, log } = deps

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const entries = batch.flatMap((record) => decode(record) ?? [])
    const { kept, beyond } = await room.admit(entries)
    const added = await store.add(kept)
    tellBeyond(beyond)
    const tracks = await wakeWaiting([...new Set(entries.flatMap(({ bikeId }) => bikeId ?? []))])
    if (tracks > 0) log.info({ tracks }, 'telemetry whose bike has become known since is replayed')
    for (const { reason, samples } of entries) metrics.samples('quarantined', samples, reason)
    metrics.records('written', added)
    metrics.records('repeated', kept.length - added)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    log.debug({ added, uploads: [...new Set(entries.map(({ uploadId }) => uploadId))] }, 'quarantined')
  }

  function tellBeyond(beyond: readonly QuarantineEntry[]): void {
    if (beyond.length === 0) return
    metrics.beyondBound(beyond.reduce((sum, { samples }) => sum + samples, 0))
    const bikeIds = [...new Set(beyond.map(({ bikeId }) => bikeId))]
    log.warn({ bikeIds, tracks: beyond.length, reason: 'bike_bound_exceeded' }, 'left in the topic')
  }

  /** Only the platform's own workers write here; what cannot be read is a foreign writer's, and left aside. */
  function decode(record: KafkaRecord): QuarantineEntry | undefined {
    try {
      return readQuarantineRecord(record)
    } catch (error) {
      const { partition, offset } = record
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no quarantined track, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
