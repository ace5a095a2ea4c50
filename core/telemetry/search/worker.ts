// The search worker: clean tracks into the telemetry store; what became of them back into Kafka.
import type { Logger } from 'pino'
import { uuidText } from '../../../proto/index.ts'
import type { TelemetryWriter } from '../../engines/elasticsearch/port.ts'
import type { BatchConsumer, BatchLimits, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import { rest, untilAborted } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { inParallel, inSlices } from '../../runtime/slices.ts'
import type { OutcomeCount } from '../contracts/outcomes.ts'
import type { ErasedSpans } from '../normalize/port.ts'
import { bikesOf, cutChunks, refuseErased } from './chunks.ts'
import { type NewPartitions, upcoming } from './partitions.ts'
import { type OpenTrack, openTrack, type PlannedTrack } from './planned-track.ts'
import { countsOf, recordsOf } from './records.ts'
import { storeChunk } from './store-chunk.ts'

export interface SearchWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly store: TelemetryWriter
  /** Records of telemetry.clean may be older than an erasure. */
  readonly erasedSpans: ErasedSpans
  /** `createPartitionMaker` makes what is asked for here. */
  readonly newPartitions: Pick<NewPartitions, 'ask'>
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly namespace: string
}

/** About 100,000 samples of rides: enough to keep bulks full, little to repeat after a crash. */
export const batchLimits: BatchLimits = { maxRecords: 1_000, maxBytes: 1024 * 1024 }
/** Documents in a bulk, their bytes at most, and bulks on their way at once. */
const chunkLimits = { samples: 5_000, bytes: 8 * 1024 * 1024 }
const parallelBulks = 2

export function createSearchWorker(deps: SearchWorkerDeps): Loop {
  const { consumer, producer, store, erasedSpans, newPartitions, metrics, log, namespace } = deps
  const openSiblings = new Set<string>()
  /** Why the batch at hand makes no progress. */
  let delay: string | undefined

  async function handle(batch: readonly KafkaRecord[], signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const plans = await storeBatch(batch, signal)
    const nowMs = Date.now()
    const settled = await inSlices(
      plans,
      ({ outcomes }) => outcomes.length,
      (plan) => ({
        plan,
        counts: countsOf(plan).filter(({ samples }) => samples > 0),
        records: recordsOf(plan, { namespace, nowMs }),
      }),
    )
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
    const erased = await erasedSpans.find(bikesOf(batch))
    const chunks = cutChunks(refuseErased(opened(batch, plans), erased), chunkLimits)
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

export interface PartitionMakerDeps {
  readonly store: Pick<TelemetryWriter, 'generations' | 'makePartition'>
  readonly newPartitions: Pick<NewPartitions, 'next' | 'tried'>
  readonly log: Pick<Logger, 'warn'>
}

const everyMs = { upcoming: 3_600_000, next: 100 }

/** Makes partitions beside the stream, one at a time: upcoming ones, and those that samples wait for. A stop does not wait for one. */
export function createPartitionMaker({ store, newPartitions, log }: PartitionMakerDeps): Loop {
  let preparedAtMs = Number.NEGATIVE_INFINITY

  async function prepare(): Promise<void> {
    for (const partition of upcoming(Date.now())) {
      if ((await store.generations(partition)).length > 0) continue
      const refusal = await store.makePartition(partition)
      if (refusal !== undefined)
        log.warn({ partition, refusal }, 'no room for the partition of a coming month')
    }
    preparedAtMs = performance.now()
  }

  async function makeNext(signal: AbortSignal): Promise<void> {
    if (performance.now() - preparedAtMs > everyMs.upcoming) await prepare()
    const partition = newPartitions.next()
    if (partition === undefined) await rest(everyMs.next, signal)
    else newPartitions.tried(partition, await store.makePartition(partition))
  }
  const round = (signal: AbortSignal) => untilAborted(makeNext(signal), signal)
  return createLoop({ what: 'making partitions', log, round })
}
