// Installed-part reconciliation: what bikes say in telemetry.clean about their parts → the newest report on each slot, and
// findings where the records say otherwise. The service is called `witness`.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import type { InstalledPartStore, PartReport } from './port.ts'
import { installedPartPlan, newestReports, reportsOf } from './reports.ts'

export interface InstalledPartWorkerDeps {
  readonly consumer: BatchConsumer
  readonly store: InstalledPartStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface InstalledPartWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: a report that comes again is no newer than itself. */
export function createInstalledPartWorker({
  consumer,
  store,
  metrics,
  log,
}: InstalledPartWorkerDeps): InstalledPartWorker {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const reports = newestReports((await inSlices(batch, bytesOf, decode)).flat())
    const { opened, closed } = await store.update(reports, installedPartPlan)
    if (opened > 0 || closed > 0) log.info({ opened, closed }, 'findings about parts that bikes report')
    metrics.records('written', reports.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Only the platform's own workers write here; what cannot be read is a foreign writer's, and left aside. */
  function decode({ value, partition, offset }: KafkaRecord): PartReport[] {
    try {
      return reportsOf(value ?? new Uint8Array())
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no clean track, left aside')
      return []
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
