// The normalize worker: telemetry.raw → who, when, believable? → telemetry.clean, telemetry.quarantine, outcomes.
import type { Logger } from 'pino'
import { uuidText } from '../../../proto/index.ts'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { readArrival } from './arrival.ts'
import type { ArrivedTrack } from './arrived-track.ts'
import { createDecide, type DecideDeps } from './decide.ts'
import { type Output, type OutputTopics, outputOf, undecodableOutput } from './output.ts'
import type { Verdict } from './plan.ts'

export interface NormalizeWorkerDeps extends DecideDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly topics: OutputTopics
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface NormalizeWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: the same records are written again, and who reads them knows them by track id. */
export function createNormalizeWorker(deps: NormalizeWorkerDeps): NormalizeWorker {
  const { consumer, producer, topics, metrics, log } = deps
  const decide = createDecide(deps)

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const arrivals = batch.map(({ key, value }) => ({ key, ...readArrival(value ?? new Uint8Array()) }))
    const tracks = arrivals.flatMap((arrival) => (arrival.kind === 'track' ? [arrival.arrived] : []))
    const verdicts = await decide(tracks)

    const nowMs = Date.now()
    const outputs = arrivals.map((arrival) => {
      if (arrival.kind === 'undecodable') {
        return undecodableOutput(arrival, { key: arrival.key, topics, nowMs })
      }
      const { arrived } = arrival
      return outputOf(arrived, verdicts.get(arrived) as Verdict, { topics, nowMs })
    })
    const records = outputs.flatMap((output) => output.records)
    await producer.send(records)
    count(outputs, metrics)
    metrics.records('written', records.length)
    metrics.records('failed', arrivals.length - tracks.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    log.debug({ tracks: tracks.length, uploads: uploadsOf(tracks) }, 'normalized')
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

function count(outputs: readonly Output[], metrics: WorkerMetrics): void {
  for (const { outcome, reason, samples } of outputs.flatMap(({ counts }) => counts)) {
    metrics.samples(outcome, samples, reason)
  }
}

function uploadsOf(tracks: readonly ArrivedTrack[]): string[] {
  return [...new Set(tracks.map(({ raw }) => uuidText(raw.uploadId)))]
}
