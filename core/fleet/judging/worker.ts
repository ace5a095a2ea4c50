// The fleet worker: manufacturing.events → judged → master data in PostgreSQL; what is doubtful → manufacturing.quarantine.

import type { Logger } from 'pino'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import { createLoop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { SealStore } from '../partners/port.ts'
import { type ReceiveDeps, type ReceivedRecords, receiveRecords } from '../partners/receive.ts'
import type { ReceivedStatement } from '../statements/records.ts'
import {
  type Doubt,
  type Quarantined,
  quarantineRecord,
  recordName,
  recordNamed,
} from '../statements/records.ts'
import { judgeAgain, takeIn } from './decide.ts'
import { finding } from './findings.ts'
import type { IntakePlan } from './plan.ts'
import type { FleetStore, JudgedStatement } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface FleetWorkerDeps extends ReceiveDeps {
  readonly seals: SealStore
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

/** Records received in one transaction whose keys were registered after they came. */
const verifiableAtOnce = 200
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
    const records = await receiveRecords(batch, deps)
    const plan = await takeIn(records.received, deps)
    const refused = [...refusals(records), ...plan.unproven.map(refusalOf)]
    await quarantine([...doubtful(plan), ...refused], records)
    fleetMetrics.judged([...plan.judged, ...refused])
    fleetMetrics.unverified(records.unverified)
    metrics.records('written', plan.judged.length)
    metrics.records('repeated', plan.repeated.length)
    metrics.records('failed', plan.reused.length + refused.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  async function quarantine(statements: readonly Doubtful[], { contents }: ReceivedRecords): Promise<void> {
    const nowMs = Date.now()
    const outgoing = statements.flatMap(({ record: name, ...statement }) => {
      const record = contents.get(name)
      if (record === undefined) return []
      return [{ topic: deps.quarantineTopic, ...quarantineRecord(statement, { record, nowMs }) }]
    })
    if (outgoing.length > 0) await deps.producer.send(outgoing)
  }

  /** Records whose keys were registered after they came. If this ends midway, they are received again. */
  async function receiveVerifiable(): Promise<number> {
    const kept = await deps.seals.verifiable(verifiableAtOnce)
    if (kept.length === 0) return 0
    await handle(
      kept.map(({ record, recordKey, value, receivedAtMs }) =>
        recordNamed(record, {
          ...{
            key: recordKey && Buffer.from(recordKey),
            value: Buffer.from(value),
            timestampMs: receivedAtMs,
          },
        }),
      ),
    )
    await deps.seals.dropUnverified(kept.map(({ record }) => record))
    return kept.length
  }

  /** Judges statements again that became due. */
  const again = createLoop({
    what: 'judging statements again',
    log,
    async round(signal) {
      const verifiable = await receiveVerifiable()
      const judged = await judgeAgain(deps, dueAtOnce)
      fleetMetrics.judged(judged)
      if (judged.length + verifiable > 0) log.debug({ judged: judged.length, verifiable }, 'judged again')
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

/** Told as it came: a statement in quarantine reads as if somebody had said it. */
const refusalOf = ({ record, doubt }: { record: string; doubt: Doubt }) => ({
  ...{ event: undefined, state: 'refused' as const, record },
  findings: [{ ...finding(doubt.reason, '', { detail: doubt.detail }), severity: 'refuse' as const }],
})

const refusals = ({ refused }: ReceivedRecords) =>
  refused.map(({ record, doubt }) => refusalOf({ record: recordName(record), doubt }))

/** Counters of the fleet worker, beside those that every worker has. */
export interface FleetMetrics {
  judged(statements: readonly Pick<JudgedStatement, 'state' | 'findings'>[]): void
  /** Records that are kept until their keys are registered. */
  unverified(records: number): void
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
  const unverified = new Counter({
    name: 'fleet_unverified_records_total',
    help: 'Sealed records that were kept since nobody had registered their keys',
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
    unverified: (records) => unverified.inc(records),
    judged(all) {
      for (const { state, findings: found } of all) {
        statements.inc({ state })
        for (const { reason, severity } of found) findings.inc({ reason, severity })
      }
    },
  }
}
