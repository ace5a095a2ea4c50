// The search worker: clean tracks into the telemetry store; what became of them back into Kafka.
import type { Logger } from 'pino'
import { uuidText } from '../../proto/index.ts'
import type { TelemetryStore } from '../elasticsearch/index.ts'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../kafka/port.ts'
import type { WorkerMetrics } from '../worker/metrics.ts'
import { cutChunks } from './chunks.ts'
import { inParallel } from './in-parallel.ts'
import { type OpenTrack, openTrack, type PlannedTrack } from './planned-track.ts'
import { countsOf, recordsOf } from './records.ts'
import { storeChunk } from './store-chunk.ts'

export interface SearchWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly store: TelemetryStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly namespace: string
}

/** Documents in a bulk, their bytes at most, and bulks on their way at once. */
const chunkLimits = { samples: 5_000, bytes: 8 * 1024 * 1024 }
const parallelBulks = 2

export interface SearchWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

export function createSearchWorker(deps: SearchWorkerDeps): SearchWorker {
  const { consumer, producer, store, metrics, log, namespace } = deps
  let storeTrouble: string | undefined

  async function handle(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const plans: PlannedTrack[] = []
    const chunks = cutChunks(readable(batch, plans), chunkLimits)
    const held = (why: string) => {
      storeTrouble = why
    }
    await inParallel(chunks, parallelBulks, (chunk) => storeChunk({ store, held }, chunk, signal))
    const nowMs = Date.now()
    const records = plans.flatMap((plan) => recordsOf(plan, { namespace, nowMs }))
    if (records.length > 0) await producer.send(records)
    count(plans, records.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  function* readable(batch: readonly KafkaRecord[], plans: PlannedTrack[]): Generator<OpenTrack> {
    for (const record of batch) {
      const open = tryOpen(record)
      if (open === undefined) continue
      plans.push(open.plan)
      yield open
    }
  }

  function tryOpen({ value, topic, partition, offset }: KafkaRecord): OpenTrack | undefined {
    try {
      if (value !== null) return openTrack(value)
    } catch (error) {
      log.error({ err: error, topic, partition, offset: String(offset) }, 'not a clean track, skipped')
    }
    metrics.records('failed', 1)
    return undefined
  }

  function count(plans: readonly PlannedTrack[], written: number): void {
    metrics.records('written', written)
    for (const plan of plans) {
      for (const { outcome, reason, samples } of countsOf(plan)) {
        if (samples > 0) metrics.samples(outcome, samples, reason)
      }
      const { trackId, bikeId } = plan
      log.debug({ uploadId: uuidText(plan.raw.uploadId), trackId, bikeId, counts: countsOf(plan) }, 'track')
    }
  }

  return {
    run: (signal) =>
      consumer.run(async (batch, stopping) => {
        try {
          await handle(batch, stopping)
          storeTrouble = undefined
        } catch (error) {
          storeTrouble = error instanceof Error ? error.message : String(error)
          throw error
        }
      }, signal),
    trouble: () => storeTrouble ?? consumer.trouble(),
  }
}
