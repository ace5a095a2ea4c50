// The copy's workers: analytics.tracks → who consents now → the research copy; and withdrawals → out of the copy.
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Leadership } from '../../runtime/publication.ts'
import type { Watch } from '../../runtime/watch.ts'
import { bulksOf, type CopiedTrack, gateHoldsMs, isSettled, type MonthBulk, readTrack } from './plan.ts'
import type { ConsentGate, Offsets, PendingWithdrawals, ResearchCopyStore, StreamPositions } from './port.ts'

export interface CopyWorkerDeps {
  readonly consumer: BatchConsumer
  readonly gate: ConsentGate
  readonly store: Pick<ResearchCopyStore, 'create' | 'makePartition'>
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

/** About 20,000 samples: written within seconds after the look at the consents. */
export const batchLimits = { maxRecords: 500, maxBytes: 1024 * 1024 }

/**
 * Offsets are committed when all documents of a batch are there. A batch that comes again finds them under the same identities. What
 * the store does not take makes the batch come again, with a new look at the consents.
 */
export function createCopyWorker({ consumer, gate, store, metrics, log }: CopyWorkerDeps): Loop {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const tracks = batch.flatMap((record) => tryRead(record) ?? [])
    const persons = [...new Set(tracks.map(({ person }) => person))]
    const lookedAtMs = performance.now()
    const consenting = await gate.consenting(persons)
    const { copied = [], withheld = [] } = Object.groupBy(tracks, ({ person }) =>
      consenting.has(person) ? 'copied' : 'withheld',
    )
    for (const bulk of bulksOf(copied)) {
      if (performance.now() - lookedAtMs > gateHoldsMs)
        throw new Error('Elasticsearch is too slow: who consents is to be asked again')
      await write(bulk)
    }
    metrics.records('written', copied.length)
    metrics.samples('withheld', samplesOf(withheld), 'consent_absent')
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Only a foreign writer's bytes can be no record of the stream. */
  function tryRead({ value, partition, offset }: KafkaRecord): CopiedTrack | undefined {
    try {
      return readTrack(value)
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no track of the stream, left aside')
      return undefined
    }
  }

  async function write(bulk: MonthBulk): Promise<void> {
    let answers = await store.create(bulk.partition, bulk)
    if (answers?.some(({ type }) => type === 'missing')) {
      await store.makePartition(bulk.partition)
      answers = await store.create(bulk.partition, bulk)
    }
    const created = answers?.filter(({ type }) => type === 'created').length ?? bulk.documents
    metrics.samples('delivered', created)
    const refusal = answers?.find(({ type }) => type !== 'created' && type !== 'exists')
    if (refusal === undefined) return
    const detail = 'detail' in refusal ? `: ${refusal.detail}` : ''
    throw new Error(`the research copy takes no documents, ${refusal.type}${detail}`)
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

const samplesOf = (tracks: readonly CopiedTrack[]) =>
  tracks.reduce((sum, { time_ms }) => sum + time_ms.length, 0)

export interface ForgettingDeps {
  readonly withdrawals: PendingWithdrawals
  readonly positions: StreamPositions
  readonly store: Pick<ResearchCopyStore, 'deleteAll' | 'refresh' | 'count'>
  /** Spares processes from deleting the same documents; it does no harm when two do. */
  readonly leadership: Leadership
  /** Wakes when somebody has withdrawn. */
  readonly watch: Watch
  readonly keptAtLeastMs: number
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** Below the most terms of a query, 65,536. */
const mostAtOnce = 10_000
const pollMs = 5_000

/**
 * Deletes the documents of who withdrew, again and again until nobody can write any more of theirs and a count after a refresh is 0.
 * Only then their rows go.
 */
export function createForgetting(deps: ForgettingDeps): Loop {
  const { withdrawals, positions, store, leadership, watch, keptAtLeastMs, log } = deps
  /** By person, as read after the withdrawal was seen first. */
  let endsOf: ReadonlyMap<string, Offsets> = new Map()

  async function forget(signal: AbortSignal): Promise<void> {
    const waiting = await withdrawals.waiting(mostAtOnce)
    if (waiting.length === 0) return
    const persons = waiting.map(({ person }) => person)
    const ends = await positions.ends()
    endsOf = new Map(persons.map((person) => [person, endsOf.get(person) ?? ends]))
    // Asked before the documents are counted: what was written until then is among those that are counted.
    const passed = await positions.passed()
    await store.refresh()
    const deleted = await store.deleteAll(persons, signal)
    if (deleted > 0)
      log.info({ persons: persons.length, documents: deleted }, 'deleted from the research copy')
    const settled = waiting
      .filter((one) => isSettled(one, { ends: endsOf.get(one.person), passed, keptAtLeastMs }))
      .map(({ person }) => person)
    if (settled.length === 0) return
    await store.refresh()
    if ((await store.count(settled)) !== 0) return
    await withdrawals.forgotten(settled)
    log.info({ persons: settled.length }, 'forgotten by the research copy')
  }

  return createLoop({
    what: 'forgetting who withdrew',
    log,
    async round(signal) {
      if (await leadership.isLeader()) await forget(signal)
      await watch.next(pollMs, signal)
    },
  })
}

export const pendingGauges = {
  items: {
    name: 'research_copy_pending_withdrawals',
    help: 'Persons whom the research copy has not forgotten for certain',
  },
  seconds: {
    name: 'research_copy_pending_withdrawal_seconds',
    help: 'For how long the oldest of them has waited; two minutes at least',
  },
} as const
