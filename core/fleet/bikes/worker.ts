// The bikes worker: bike.entity → known bikes; telemetry that waited for a bike goes on its way.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { WakeWaiting } from '../../telemetry/quarantine/waiting.ts'
import { newestOfEach, readNews } from './news.ts'
import type { BikeNews, KnownBikes } from './port.ts'

export interface BikesWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: KnownBikes
  readonly wakeWaiting: WakeWaiting
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface BikesWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: a known version is kept as it is, and telemetry that was woken does not wait any more. */
export function createBikesWorker(deps: BikesWorkerDeps): BikesWorker {
  const { consumer, store, wakeWaiting, metrics, log } = deps

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const news = newestOfEach(batch.flatMap((record) => read(record) ?? []))
    const learned = await store.learn(news)
    // All of the batch: it may be a repeated one, whose first time ended before this.
    const tracks = await wakeWaiting(news.map(({ bikeId }) => bikeId))
    metrics.records('written', learned)
    metrics.records('repeated', news.length - learned)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    if (tracks > 0) log.info({ tracks }, 'telemetry that waited for its bike is replayed')
  }

  /** Only the platform itself writes here; what cannot be read is a foreign writer's, and left aside. */
  function read(record: KafkaRecord): BikeNews | undefined {
    try {
      return readNews(record)
    } catch (error) {
      const { partition, offset } = record
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no bike, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
