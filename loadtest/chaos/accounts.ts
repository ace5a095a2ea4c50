// The books after a run: what each destination has of what was recorded, asked of the engines themselves.

import { maxPageSamples, type Sample } from '../../core/engines/elasticsearch/index.ts'
import { latestOf } from '../../core/engines/postgres/telemetry/latest-store.ts'
import { topicName } from '../../core/topics.ts'
import { limits } from '../../proto/index.ts'
import { imbalances, type Ledger, total } from '../../testkit/books.ts'
import { elasticsearchOf } from '../../testkit/environment.ts'
import { readLedger } from '../../testkit/ledger.ts'
import { readResearchSamples, subjectsByBike } from '../../testkit/research-samples.ts'
import {
  type Comparison,
  compareDelivered,
  compareLatest,
  compareStored,
  type ExpectedTrack,
  type FoundSample,
  nothing,
  plus,
} from './comparison.ts'
import { countTelemetry, refreshTelemetry } from './elasticsearch.ts'
import type { ChaosEnvironment } from './environment.ts'
import type { Truth } from './truth.ts'

export interface Accounts {
  readonly stored: Comparison
  readonly latest: Comparison
  readonly delivered: Comparison
  /** Of all bikes, also of such as never recorded anything. */
  readonly everything: { readonly documents: number; readonly states: number }
  /** How wrong a recorder's clock was found to be at most, either way; all of them are right. */
  readonly largestOffsetMs: number
  /** Samples, as the ledger has them. */
  readonly booked: { readonly accepted: number; readonly stored: number; readonly duplicate: number }
  /** Equations of the ledger that do not hold, in words. */
  readonly imbalances: readonly string[]
  readonly quarantined: number
  /** Accepted deliveries of which not all tracks are in the ledger: their uploads would never count as settled. */
  readonly incompleteDeliveries: number
}

/** For all samples of a run, on a machine that is busy with its end. */
const readWithinMs = 600_000

/** Event time minus recorded time, by recorder, clock epoch and boot. */
type Clocks = ReadonlyMap<string, number>

export async function takeAccounts(environment: ChaosEnvironment, truth: Truth): Promise<Accounts> {
  const elasticsearch = elasticsearchOf(environment.env)
  await refreshTelemetry(elasticsearch, environment.namespace)
  const clocks = await clockOffsets(environment)
  const subjects = await subjectsByBike(environment.sql)
  const research = await deliveredSamples(environment)
  let [stored, latest, delivered] = [nothing, nothing, nothing]
  for (const bikeId of truth.bikes()) {
    const expected = truth.tracksOf(bikeId).map((track): ExpectedTrack => {
      const { recorderId, clock } = track
      return { track, offsetMs: clocks.get(`${recorderId} ${clock.clockEpoch} ${clock.bootId}`) ?? 0 }
    })
    const subject = subjects.get(bikeId) ?? ''
    stored = plus(stored, compareStored(expected, await storedSamples(environment, bikeId)))
    latest = plus(latest, compareLatest(expected, await latestOf(environment.sql, bikeId)))
    delivered = plus(delivered, compareDelivered(expected, research.get(subject) ?? []))
    research.delete(subject)
  }
  for (const samples of research.values()) delivered = plus(delivered, compareDelivered([], samples))
  const ledger = await wholeLedger(environment)
  return {
    stored,
    latest,
    delivered,
    everything: {
      documents: await countTelemetry(elasticsearch, environment.namespace),
      states: await countStates(environment),
    },
    largestOffsetMs: Math.max(0, ...[...clocks.values()].map(Math.abs)),
    booked: {
      accepted: ledger.accepted,
      stored: total(ledger, 'search', 'stored'),
      duplicate: total(ledger, 'search', 'duplicate'),
    },
    imbalances: imbalances(ledger, ledger.accepted),
    quarantined: await quarantinedSamples(environment),
    incompleteDeliveries: await incompleteDeliveries(environment),
  }
}

/** What keeps the books open, in words; nothing, when each sample recorded has come to its end. */
export async function openBooks(environment: ChaosEnvironment, truth: Truth): Promise<readonly string[]> {
  const ledger = await wholeLedger(environment)
  const stored = total(ledger, 'search', 'stored')
  const missing = truth.samples() - stored
  return [
    ...imbalances(ledger, ledger.accepted),
    ...(missing > 0 ? [`${missing} samples are not stored, by the books`] : []),
  ]
}

function wholeLedger({ sql }: ChaosEnvironment): Promise<Ledger> {
  return readLedger(sql, { senders: { prefix: '' } })
}

async function clockOffsets({ sql }: ChaosEnvironment): Promise<Clocks> {
  const rows = await sql<{ name: string; offsetMs: string }[]>`
    select recorder_id || ' ' || clock_epoch || ' ' || boot_id as name, offset_ms as "offsetMs" from clock_decisions`
  return new Map(rows.map(({ name, offsetMs }) => [name, Number(offsetMs)]))
}

async function storedSamples({ store }: ChaosEnvironment, bikeId: string): Promise<Sample[]> {
  const whole = { bikeId, fromMs: 0, toMs: limits.timeMs, limit: maxPageSamples }
  const samples: Sample[] = []
  let cursor: string | undefined
  do {
    const page = await store.readSamples({ ...whole, ...(cursor !== undefined && { cursor }) })
    samples.push(...page.samples)
    cursor = page.next
  } while (cursor !== undefined)
  return samples
}

/** By subject. */
async function deliveredSamples({
  brokers,
  namespace,
}: ChaosEnvironment): Promise<Map<string, FoundSample[]>> {
  const found = new Map<string, FoundSample[]>()
  const topic = topicName(namespace, 'analytics.tracks')
  for await (const sample of readResearchSamples({ brokers, topic, withinMs: readWithinMs })) {
    const known = found.get(sample.subject)
    if (known === undefined) found.set(sample.subject, [sample])
    else known.push(sample)
  }
  return found
}

async function countStates({ sql }: ChaosEnvironment): Promise<number> {
  const [row] = await sql<{ states: number }[]>`select count(*)::integer as states from latest_state`
  return row?.states ?? 0
}

async function quarantinedSamples({ sql }: ChaosEnvironment): Promise<number> {
  const [row] = await sql<{ samples: number }[]>`
    select coalesce(sum(samples), 0)::float8 as samples from quarantine where replayed_at is null`
  return row?.samples ?? 0
}

async function incompleteDeliveries({ sql }: ChaosEnvironment): Promise<number> {
  const [row] = await sql<{ deliveries: number }[]>`
    select count(*)::integer as deliveries from (
      select from ledger_books group by upload_id, received_at having count(*) < max(delivery_tracks)) as incomplete`
  return row?.deliveries ?? 0
}
