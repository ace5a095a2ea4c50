// The presence worker: the broker's connection events → who is online; who comes online gets waiting commands at once.
import type { Logger } from 'pino'
import type { QueueConsumer, QueueMessage } from '../../engines/rabbitmq/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { CommandOutbox } from '../commands/port.ts'
import { readConnectionEvent } from './event.ts'
import { bikesOnline, concernedBy, planPresence } from './plan.ts'
import type { PresenceStore } from './port.ts'

export interface PresenceWorkerDeps {
  readonly consumer: Pick<QueueConsumer, 'run' | 'trouble'>
  readonly store: Pick<PresenceStore, 'change'>
  readonly outbox: Pick<CommandOutbox, 'retryNow'>
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface PresenceWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Any batch may be handled twice: events that were applied change nothing more. */
export function createPresenceWorker(deps: PresenceWorkerDeps): PresenceWorker {
  const { consumer, store, outbox, metrics, log } = deps

  async function handle(batch: readonly QueueMessage[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const events = batch.flatMap((message) => readConnectionEvent(message) ?? [])
    const changed = await store.change(concernedBy(events), (known) => planPresence(known, events))
    const cameOnline = bikesOnline(changed)
    if (cameOnline.length > 0) await outbox.retryNow(cameOnline)
    metrics.records('written', events.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    log.debug({ events: events.length, cameOnline: cameOnline.length }, 'applied')
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}
