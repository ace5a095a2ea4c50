// The fleet worker: manufacturing.events → judged → master data in PostgreSQL; what is doubtful → manufacturing.quarantine.

import type { Logger } from 'pino'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import { createLoop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { ReceivedStatement } from '../statements/records.ts'
import { type Quarantined, quarantineRecord, receive, recordName } from '../statements/records.ts'
import { judgeAgain, takeIn } from './decide.ts'
import type { IntakePlan } from './plan.ts'
import type { FleetStore, JudgedStatement } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface FleetWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly store: Pick<FleetStore, 'decide' | 'due'>
  readonly rules: readonly Rule[]
  readonly quarantineTopic: string
  /** Wakes when statements have become due. */
  readonly watch: Watch
  readonly metrics: WorkerMetrics
  readonly fleetMetrics: FleetMetrics
  readonly log: Logger
}

export interface FleetWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** Statements judged again in one transaction. */
const dueAtOnce = 200
/** For notifications that were lost. */
const pollMs = 1_000

/** Any batch may be handled twice: a stored statement is not judged again, and goes to quarantine again if it still waits. */
export function createFleetWorker(deps: FleetWorkerDeps): FleetWorker {
  const { consumer, watch, metrics, fleetMetrics, log } = deps

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const records = new Map(batch.map((record) => [recordName(record), record]))
    const received = batch.map(receive)
    const plan = await takeIn(received, deps)
    await quarantine(plan, records)
    fleetMetrics.judged(plan.judged)
    metrics.records('written', plan.judged.length)
    metrics.records('repeated', plan.repeated.length)
    metrics.records('failed', plan.reused.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  async function quarantine(plan: IntakePlan, records: ReadonlyMap<string, KafkaRecord>): Promise<void> {
    const nowMs = Date.now()
    const outgoing = doubtful(plan).flatMap(({ record: name, ...statement }) => {
      const record = records.get(name)
      if (record === undefined) return []
      return [{ topic: deps.quarantineTopic, ...quarantineRecord(statement, { record, nowMs }) }]
    })
    if (outgoing.length > 0) await deps.producer.send(outgoing)
  }

  /** Judges statements again that became due. */
  const again = createLoop({
    what: 'judging statements again',
    log,
    async round(signal) {
      const judged = await judgeAgain(deps, dueAtOnce)
      fleetMetrics.judged(judged)
      if (judged.length > 0) log.debug({ judged: judged.length }, 'judged again')
      else await watch.next(pollMs, signal)
    },
  })

  return {
    async run(signal) {
      await Promise.all([consumer.run(handle, signal), again.run(signal)])
    },
    trouble: () => consumer.trouble() ?? again.trouble(),
  }
}

type Doubtful = Quarantined & Pick<ReceivedStatement, 'record'>

/** A record that is handled again may not have reached quarantine the first time. A statement that came in two records has. */
function doubtful({ judged, repeated, reused }: IntakePlan): Doubtful[] {
  return [
    ...judged.flatMap(({ received, ...statement }) =>
      received === undefined ? [] : [{ ...statement, record: received.record }],
    ),
    ...repeated.flatMap(({ known, record }) => (known?.record === record ? [known] : [])),
    ...reused.map((statement) => ({ ...statement, state: 'refused' as const })),
  ].filter(({ state }) => state === 'held' || state === 'refused')
}

/** Counters of the fleet worker, beside those that every worker has. */
export interface FleetMetrics {
  judged(statements: readonly JudgedStatement[]): void
}

/** Held statements are counted when the metrics are read. Their age says how long a bike may wait to be registered. */
export function createFleetMetrics(registry: Registry, store: Pick<FleetStore, 'held'>): FleetMetrics {
  const registers = [registry]
  const statements = new Counter({
    name: 'fleet_statements_total',
    help: 'Judgements of statements by what became of them',
    labelNames: ['state'],
    registers,
  })
  const findings = new Counter({
    name: 'fleet_findings_total',
    help: 'Findings in judgements by reason and severity',
    labelNames: ['reason', 'severity'],
    registers,
  })
  const oldest = new Gauge({
    name: 'fleet_held_oldest_seconds',
    help: 'Age of the statement that is held longest; 0 when none is',
    registers,
  })
  new Gauge({
    name: 'fleet_held_statements',
    help: 'Statements that wait for a reviewer or for what explains them',
    registers,
    async collect() {
      const held = await store.held().catch(() => undefined)
      if (held === undefined) return
      this.set(held.statements)
      oldest.set(held.oldestMs === null ? 0 : (Date.now() - held.oldestMs) / 1_000)
    },
  })
  return {
    judged(all) {
      for (const { state, findings: found } of all) {
        statements.inc({ state })
        for (const { reason, severity } of found) findings.inc({ reason, severity })
      }
    },
  }
}
