// The latest worker: telemetry.clean → the newest state of each bike → PostgreSQL, and the outcome for the books.
import type { Logger } from 'pino'
import { uuidBytes } from '../../../proto/index.ts'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import { type CleanSamples, countSamples, readCleanRecord } from '../contracts/clean-samples.ts'
import { encodeOutcome } from '../contracts/outcomes.ts'
import { collapse, statesOf } from './latest-state.ts'
import type { LatestStore } from './port.ts'

export interface LatestWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly store: LatestStore
  readonly outcomesTopic: string
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface LatestWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: a state merged again changes nothing, an outcome sent again replaces itself. */
export function createLatestWorker(deps: LatestWorkerDeps): LatestWorker {
  const { consumer, producer, store, outcomesTopic, metrics } = deps

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const decoded = await inSlices(batch, bytesOf, (record) => {
      const track = decode(record, deps)
      return track === undefined ? [] : [{ track, states: statesOf(track) }]
    })
    const tracks = decoded.flat().map(({ track }) => track)
    await store.merge(collapse(decoded.flat().flatMap(({ states }) => states)))
    await producer.send(tracks.map((track) => ({ topic: outcomesTopic, ...mergedOutcome(track) })))
    for (const { ranges, raw } of tracks) {
      metrics.samples('merged', countSamples(ranges))
      metrics.arrived(Number(raw.receivedAtMs))
    }
    metrics.records('written', tracks.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

function mergedOutcome({ raw, track, ranges }: CleanSamples) {
  return encodeOutcome({
    raw,
    bikeId: uuidBytes(track.bikeId),
    stage: 'latest',
    counts: [{ outcome: 'merged', reason: '', samples: countSamples(ranges) }],
  })
}

/** Normalize has read every track before; bytes that are none can only be a foreign writer's, and are left aside. */
function decode(record: KafkaRecord, { metrics, log }: LatestWorkerDeps): CleanSamples | undefined {
  const { partition, offset } = record
  try {
    return readCleanRecord(record.value ?? new Uint8Array())
  } catch (error) {
    metrics.records('failed', 1)
    log.error({ partition, offset: String(offset), err: error }, 'no clean track, left aside')
    return undefined
  }
}
