// The search worker: clean tracks into the telemetry store; what became of them back into Kafka.
import type { Logger } from 'pino'
import { uuidText } from '../../../proto/index.ts'
import type { TelemetryStore } from '../../engines/elasticsearch/port.ts'
import type { BatchConsumer, BatchLimits, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
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

/** About 100,000 samples of rides: enough to keep bulks full, little to repeat after a crash. */
export const batchLimits: BatchLimits = { maxRecords: 1_000, maxBytes: 1024 * 1024 }
/** Documents in a bulk, their bytes at most, and bulks on their way at once. */
const chunkLimits = { samples: 5_000, bytes: 8 * 1024 * 1024 }
const parallelBulks = 2

export interface SearchWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

export function createSearchWorker(deps: SearchWorkerDeps): SearchWorker {
  const { consumer, producer, store, metrics, log, namespace } = deps
  /** Why the batch at hand makes no progress. */
  let heldUp: string | undefined

  async function handle(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const plans = await storeBatch(batch, signal)
    const nowMs = Date.now()
    const records = plans.flatMap((plan) => recordsOf(plan, { namespace, nowMs }))
    if (records.length > 0) await producer.send(records)
    count(plans, records.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Decoding goes on while bulks are on their way. Resolves when every sample is settled. */
  async function storeBatch(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<PlannedTrack[]> {
    const plans: PlannedTrack[] = []
    const chunks = cutChunks(opened(batch, plans), chunkLimits)
    const held = (why: string) => {
      heldUp = `Elasticsearch: ${why}`
    }
    try {
      await inParallel(chunks, parallelBulks, (chunk) => storeChunk({ store, held }, chunk, signal))
      return plans
    } finally {
      heldUp = undefined
    }
  }

  function* opened(batch: readonly KafkaRecord[], plans: PlannedTrack[]): Generator<OpenTrack> {
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
      const counts = countsOf(plan).filter(({ samples }) => samples > 0)
      for (const { outcome, reason, samples } of counts) metrics.samples(outcome, samples, reason)
      const isLoss = counts.some(({ outcome }) => outcome === 'quarantined')
      if (!isLoss && !log.isLevelEnabled('debug')) continue
      const facts = {
        uploadId: uuidText(plan.raw.uploadId),
        trackId: plan.trackId,
        bikeId: plan.bikeId,
        counts,
      }
      log[isLoss ? 'info' : 'debug'](facts, 'track settled')
    }
  }

  return {
    run: (signal) => consumer.run(handle, signal),
    trouble: () => heldUp ?? consumer.trouble(),
  }
}
