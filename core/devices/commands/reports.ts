// Bikes report about their commands and their settings: the queue of what they answer → states of commands, settings.
import type { Logger } from 'pino'
import { isUuid } from '../../../proto/index.ts'
import type { QueueConsumer, QueueMessage } from '../../engines/rabbitmq/port.ts'
import { readRoutingKey } from '../../engines/rabbitmq/topology.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { readSettingsReport } from '../settings/message.ts'
import type { SettingsStore } from '../settings/port.ts'
import { takeReport } from '../settings/settings.ts'
import { type CommandReport, readReport } from './message.ts'
import type { CommandMetrics } from './metrics.ts'
import { planReports } from './plan.ts'
import type { CommandOutbox } from './port.ts'

export interface ReportReaderDeps {
  readonly consumer: Pick<QueueConsumer, 'run' | 'trouble'>
  readonly outbox: Pick<CommandOutbox, 'change'>
  readonly settings: Pick<SettingsStore, 'change'>
  readonly metrics: WorkerMetrics
  readonly counters: Pick<CommandMetrics, 'reported' | 'settingsReported'>
  readonly log: Logger
}

export interface ReportReader {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
  /** Since when no reports have been waiting to be read; undefined while some may be. */
  idleSinceMs(): number | undefined
}

/** Any batch may be handled twice: a report that was applied changes nothing more. */
export function createReportReader(deps: ReportReaderDeps): ReportReader {
  const { consumer, outbox, settings, metrics, counters, log } = deps
  let idleSinceMs: number | undefined
  // Also while a batch that failed waits to be handed over again.
  let isReading = false

  async function handle(batch: readonly QueueMessage[]): Promise<void> {
    const startedAtMs = performance.now()
    isReading = true
    idleSinceMs = undefined
    metrics.records('received', batch.length)
    const reports = batch.flatMap((message) => read(message) ?? [])
    const commandIds = reports.map(({ commandId }) => commandId)
    const { outcomes } = await outbox.change({ kind: 'named', commandIds }, (known) =>
      planReports(known, reports),
    )
    for (const outcome of outcomes) counters.reported(outcome)
    const effective = outcomes.filter((outcome) => outcome === 'moved' || outcome === 'noted').length
    metrics.records('repeated', outcomes.length - effective)
    if (effective < outcomes.length) log.info({ outcomes }, 'reports without effect')
    for (const message of batch) await takeSettings(message)
    isReading = false
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** A message that is no report can never become one: it is logged and left aside, and the queue goes on. */
  function read({ routingKey, body }: QueueMessage): CommandReport | undefined {
    const topic = readRoutingKey(routingKey)
    if (topic?.type === 'settings') return undefined
    const result = topic?.type === 'ack' ? readReport(topic, body) : undefined
    if (result?.ok) return result.report
    leaveAside(routingKey, result?.reason ?? 'topic_invalid')
    return undefined
  }

  async function takeSettings({ routingKey, body }: QueueMessage): Promise<void> {
    const topic = readRoutingKey(routingKey)
    if (topic?.type !== 'settings') return
    const report = isUuid(topic.bikeId) ? readSettingsReport(body) : undefined
    if (report === undefined) return leaveAside(routingKey, 'settings_undecodable')
    counters.settingsReported(await takeReport(settings, topic.bikeId, report))
  }

  function leaveAside(routingKey: string, reason: string): void {
    metrics.records('failed', 1)
    log.warn({ routingKey, reason }, 'no report, left aside')
  }

  return {
    run: (signal) => consumer.run(handle, signal),
    trouble: () => consumer.trouble(),
    idleSinceMs() {
      if (isReading || consumer.trouble() !== undefined) idleSinceMs = undefined
      else idleSinceMs ??= Date.now()
      return idleSinceMs
    },
  }
}
