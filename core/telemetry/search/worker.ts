// The search worker: clean tracks into the telemetry store; what became of them back into Kafka.
import type { Logger } from 'pino'
import { uuidText } from '../../../proto/index.ts'
import type { TelemetryWriter } from '../../engines/elasticsearch/port.ts'
import type { BatchConsumer, BatchLimits, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { inSlices } from '../../runtime/slices.ts'
import type { OutcomeCount } from '../contracts/outcomes.ts'
import { cutChunks } from './chunks.ts'
import { createNewPartitions } from './partitions.ts'
import { type OpenTrack, openTrack, type PlannedTrack } from './planned-track.ts'
import { countsOf, recordsOf } from './records.ts'
import { storeChunk } from './store-chunk.ts'

export interface SearchWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly store: TelemetryWriter
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
  const openSiblings = new Set<string>()
  const newPartitions = createNewPartitions()
  /** Why the batch at hand makes no progress. */
  let delay: string | undefined

  async function handle(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const plans = await storeBatch(batch, signal)
    const nowMs = Date.now()
    const settled = await inSlices(plans, samplesOf, (plan) => ({
      plan,
      counts: countsOf(plan).filter(({ samples }) => samples > 0),
      records: recordsOf(plan, { namespace, nowMs }),
    }))
    const records = settled.flatMap((each) => each.records)
    if (records.length > 0) await producer.send(records)
    metrics.records('written', records.length)
    for (const { plan, counts } of settled) {
      count(plan, counts)
      metrics.arrived(Number(plan.raw.receivedAtMs))
    }
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Decoding goes on while bulks are on their way. Resolves when every sample is settled. */
  async function storeBatch(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<PlannedTrack[]> {
    const plans: PlannedTrack[] = []
    newPartitions.startBatch()
    const chunks = cutChunks(opened(batch, plans), chunkLimits)
    const onDelay = (why: string) => {
      delay = `Elasticsearch: ${why}`
    }
    try {
      await inParallel(chunks, parallelBulks, (chunk) =>
        storeChunk({ store, openSiblings, newPartitions, onDelay }, chunk, signal),
      )
      return plans
    } finally {
      delay = undefined
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

  function count(plan: PlannedTrack, counts: readonly OutcomeCount<'search'>[]): void {
    for (const { outcome, reason, samples } of counts) metrics.samples(outcome, samples, reason)
    const isLoss = counts.some(({ outcome }) => outcome === 'quarantined')
    if (!isLoss && !log.isLevelEnabled('debug')) return
    const { raw, trackId } = plan
    const facts = { uploadId: uuidText(raw.uploadId), trackId, counts }
    log[isLoss ? 'info' : 'debug'](facts, 'track settled')
  }

  return {
    run: (signal) => consumer.run(handle, signal),
    trouble: () => delay ?? consumer.trouble(),
  }
}

const samplesOf = ({ outcomes }: PlannedTrack) => outcomes.length

/**
 * Takes an item only when there is room for it. After a failure no more items are taken; rejects with the first failure
 * when all that was begun has ended.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let failed = false
  async function lane(): Promise<void> {
    while (!failed) {
      const next = await iterator.next()
      if (next.done || failed) return
      await work(next.value)
    }
  }
  const lanes = Array.from({ length: width }, () =>
    lane().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const results = await Promise.allSettled(lanes)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
