// The analytics worker: telemetry.stored → consent now and at the time → analytics.tracks, each sample once.
// Why once, and why a withdrawal is obeyed in time: README.md beside this file.
import type { Logger } from 'pino'
import type { KafkaRecord, TransactionalConsumer, TransactionPlan } from '../../engines/kafka/port.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { countSamples, readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { withheldReasons } from '../../telemetry/contracts/outcomes.ts'
import { createCommitMetric } from './commit-metric.ts'
import { stillConsented, withoutPeriod } from './consent-check.ts'
import { planBatch, type StoredTrackRecord } from './plan.ts'
import type { Claim, ClaimsStore, Progress, ResearchConsentStore, ResearchConsents } from './port.ts'
import { createDeliveredFilter, progressRecords } from './progress.ts'
import { periodOf } from './pseudonym.ts'

export interface AnalyticsWorkerDeps {
  readonly consumer: TransactionalConsumer
  readonly consents: ResearchConsentStore
  readonly claims: ClaimsStore
  /** Reads analytics.progress to its present end, committed records only. */
  readonly readProgress: () => Promise<Progress>
  /** 32 random bytes in hex. */
  readonly newKey: () => string
  readonly topics: { readonly research: string; readonly outcomes: string; readonly progress: string }
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

export interface AnalyticsWorker {
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

/** From the last reading of the consents to Kafka's answer to the commit; below the second that is promised. */
const consentHoldsMs = 750
/** 2,000 claims each time are 5.7 million a day and process; a fleet of two million bikes makes 3.2 million a day. */
const pruneIntervalMs = 30_000
/**
 * A claim is asked for when a record of its track comes again: while a topic still has one (7 days and the hour of a
 * segment), or when quarantined samples of the track are replayed, at any time.
 */
const prunable = { keptDays: 30, limit: 2_000 } as const

export function createAnalyticsWorker(deps: AnalyticsWorkerDeps): AnalyticsWorker {
  const { consumer, consents, claims, topics, metrics, log } = deps
  const undelivered = createDeliveredFilter(deps.readProgress)
  const observeCommit = createCommitMetric(metrics.registry)
  let prunedAtMs = 0

  async function handle(batch: readonly KafkaRecord[]): Promise<TransactionPlan> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    if (Date.now() - prunedAtMs > pruneIntervalMs) {
      await claims.prune(prunable)
      prunedAtMs = Date.now()
    }
    const records = await undelivered(batch)
    const repeated = batch.length - records.length
    if (repeated > 0) {
      metrics.records('repeated', repeated)
      log.info({ records: repeated }, 'delivered before, left aside')
    }
    if (records.length === 0) return { records: [] }
    const tracks = records.flatMap((record) => decode(record, deps) ?? [])
    const known = await claims.claimsOf([...new Set(tracks.map(({ stored }) => stored.trackId))])
    const riders = [...new Set(tracks.map(({ stored }) => stored.riderId))]
    const consented = await readConsents(riders)
    const plan = planBatch(tracks, {
      claims: known,
      consents: consented,
      researchTopic: topics.research,
      outcomesTopic: topics.outcomes,
    })
    await claims.save(plan.claims)
    count(plan.claims, metrics)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    return {
      records: [...plan.records, ...progressRecords(topics.progress, records)],
      stillHolds: async () => stillConsented(consented, await consents.consentsOf(riders)),
      commitWithinMs: consentHoldsMs,
      onCommit: observeCommit,
    }
  }

  /** Whoever consents has a period when the batch is decided. */
  async function readConsents(riders: readonly string[]): Promise<ResearchConsents> {
    const known = await consents.consentsOf(riders)
    const beginning = withoutPeriod(known)
    if (beginning.length === 0) return known
    await consents.begin(new Map(beginning.map((rider) => [rider, periodOf(deps.newKey())])))
    return consents.consentsOf(riders)
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

/** Decisions, not deliveries: a batch whose transaction fails is decided, and counted, again. */
function count(claims: readonly Claim[], metrics: WorkerMetrics): void {
  for (const { samples, delivered, withheld } of claims) {
    if (countSamples(samples) === 0) continue
    metrics.samples('delivered', delivered)
    for (const reason of withheldReasons) metrics.samples('withheld', withheld[reason], reason)
  }
}

/** Search has read every track before; bytes that are none can only be a foreign writer's, and are left aside. */
function decode(record: KafkaRecord, { metrics, log }: AnalyticsWorkerDeps): StoredTrackRecord | undefined {
  const { partition, offset } = record
  try {
    return { partition, offset, stored: readStoredRecord(record.value ?? new Uint8Array()) }
  } catch (error) {
    metrics.records('failed', 1)
    log.error({ partition, offset: String(offset), err: error }, 'no stored track, left aside')
    return undefined
  }
}
