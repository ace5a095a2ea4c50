// The gaps worker: telemetry.clean → which tracks of a module are missing; what stays missing makes us ask for its state.
import { fromBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { CleanTrackSchema, readTrack } from '../../../proto/index.ts'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import { byRecorder, planSequences, recordersToLock } from './plan.ts'
import type { SeenTracks, SequenceStore } from './port.ts'

export interface GapsWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: Pick<SequenceStore, 'change'>
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface GapsWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: a number seen again changes nothing. */
export function createGapsWorker({ consumer, store, metrics, log }: GapsWorkerDeps): GapsWorker {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const seen = byRecorder((await inSlices(batch, bytesOf, (record) => decode(record) ?? [])).flat())
    const nowMs = Date.now()
    await store.change(recordersToLock(seen), (known) => planSequences(known, seen, nowMs))
    metrics.records('written', seen.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Only the platform's own workers write here; what cannot be read is a foreign writer's, and left aside. */
  function decode({ value, partition, offset }: KafkaRecord): SeenTracks | undefined {
    try {
      return seenTrack(value ?? new Uint8Array())
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no clean track, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

/** Undefined for phones, which number nothing, and for modules that do not. */
function seenTrack(value: Uint8Array): SeenTracks | undefined {
  const { raw } = fromBinary(CleanTrackSchema, value)
  if (raw === undefined) throw new Error('the record has no track')
  if (raw.device === undefined) return undefined
  const { recorderId, bikeId, sequence } = readTrack(raw.track)
  return sequence === undefined ? undefined : { recorderId, bikeId, sequences: [sequence] }
}
