// The devices worker: the queues of what modules send → telemetry.raw, telemetry.quarantine.
import type { Logger } from 'pino'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import type { QueueConsumer, QueueMessage } from '../../engines/rabbitmq/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { quarantineReasonName } from '../../telemetry/contracts/outcomes.ts'
import { type Planned, planMessage } from './plan.ts'
import type { ModuleQuota } from './quota.ts'

export interface DevicesWorkerDeps {
  readonly consumer: QueueConsumer
  readonly producer: RecordProducer
  readonly topics: { readonly raw: string; readonly quarantine: string }
  readonly metrics: WorkerMetrics
  readonly quota: Pick<ModuleQuota, 'count'>
  readonly log: Logger
}

export interface DevicesWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/**
 * The broker is answered when Kafka has the batch for good. Any batch may be handled twice: a message makes the same
 * track each time, and who reads tracks knows them by their id.
 */
export function createDevicesWorker(deps: DevicesWorkerDeps): DevicesWorker {
  const { consumer, producer, topics, metrics, quota, log } = deps

  async function handle(batch: readonly QueueMessage[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    metrics.records('repeated', batch.filter(({ deliveries }) => deliveries > 0).length)
    const nowMs = Date.now()
    const planned = batch.map((message) => planMessage(message, nowMs))
    await producer.send(planned.map(({ kind, key, value }) => ({ topic: topicOf(kind), key, value })))
    quota.count(batch)
    tell(planned)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  function topicOf(kind: Planned['kind']): string {
    return kind === 'forward' ? topics.raw : topics.quarantine
  }

  function tell(planned: readonly Planned[]): void {
    const quarantined = planned.filter((each) => each.kind === 'quarantine')
    for (const { reason, detail } of quarantined) {
      log.warn({ reason: quarantineReasonName(reason), detail }, 'quarantined')
    }
    metrics.records('written', planned.length - quarantined.length)
    metrics.records('failed', quarantined.length)
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
