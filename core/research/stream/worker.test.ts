import pino from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import { january, stored } from '../../../testkit/research-stream.ts'
import type { KafkaRecord, TransactionPlan } from '../../engines/kafka/port.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import type { Claim, ConsentPeriod, Progress } from './port.ts'
import { periodOf } from './pseudonym.ts'
import { createAnalyticsWorker } from './worker.ts'

const open: ConsentRange = { fromMs: january, untilMs: Number.POSITIVE_INFINITY, now: true }
const withdrawn: ConsentRange = { ...open, untilMs: january + 60_000, now: false }

const position = { topic: 'stored', partition: 0, timestampMs: 0 }
const batch: KafkaRecord[] = ['anna', 'ben'].map((riderId, index) => {
  const { key, value } = stored({ riderId })
  return { ...position, offset: BigInt(index), key: Buffer.from(key), value: Buffer.from(value) }
})

interface World {
  readonly consents?: ReadonlyMap<string, ConsentRange[]>
  readonly progress?: Progress
  readonly save?: () => void
}

/** What the worker wants written of these batches. */
async function work(batches: readonly (readonly KafkaRecord[])[], world: World = {}) {
  const { consents = new Map([['anna', [open]]]), progress = new Map(), save = () => undefined } = world
  const log: string[] = []
  const plans: TransactionPlan[] = []
  const periods = new Map<string, ConsentPeriod>()
  const saved: Claim[] = []
  const metrics = fakeMetrics()
  const consumer = fakeConsumer(batches, log)
  const worker = createAnalyticsWorker({
    consumer: {
      ...consumer,
      run: (handle, signal) =>
        consumer.run(async (each) => {
          plans.push(await handle(each, signal))
        }, signal),
    },
    consents: {
      consentsOf: async () =>
        new Map([...consents].map(([rider, ranges]) => [rider, { ranges, period: periods.get(rider) }])),
      begin: async (begun) => {
        for (const [rider, period] of begun) periods.set(rider, period)
      },
    },
    claims: {
      claimsOf: async (trackIds) => {
        log.push(`claims of ${trackIds.length} tracks`)
        return []
      },
      async save(claims) {
        save()
        saved.push(...claims)
        log.push('claims saved')
      },
      prune: async ({ keptDays, limit }) => void log.push(`pruned ${limit} after ${keptDays} days`),
    },
    readProgress: async () => progress,
    newKey: () => `key ${periods.size + 1}`,
    topics: { research: 'research', outcomes: 'outcomes', progress: 'progress' },
    metrics,
    log: pino({ level: 'silent' }),
  })
  await worker.run(new AbortController().signal)
  return { plans, log, saved, periods, counts: metrics.counts }
}

const topicsOf = ({ records }: TransactionPlan) =>
  Object.fromEntries([...Map.groupBy(records, ({ topic }) => topic)].map(([topic, of]) => [topic, of.length]))

afterEach(() => {
  vi.useRealTimers()
})

test('a decision holds until a rider withdraws what it was based on', async () => {
  const consents = new Map([['anna', [open]]])
  const { plans } = await work([batch], { consents })
  const [{ records, stillHolds }] = plans as [TransactionPlan]
  expect(records.filter(({ topic }) => topic === 'research')).toHaveLength(1)
  expect(await stillHolds?.()).toBe(true)
  consents.set('ben', [open])
  expect(await stillHolds?.()).toBe(true)
  consents.set('anna', [withdrawn])
  expect(await stillHolds?.()).toBe(false)
})

test('a rider who is new to research begins a period, of which the names are made; nobody else does', async () => {
  const { plans, periods } = await work([batch, batch])
  const period = periodOf('key 1')
  expect([...periods]).toEqual([['anna', period]])
  const records = plans.flatMap((plan) => plan.records).filter(({ topic }) => topic === 'research')
  const persons = records.map(({ value }) => JSON.parse(String(Buffer.from(value ?? []))).person)
  expect(persons).toEqual([period.person, period.person])
})

test('samples, outcomes and progress of a batch are one transaction, bounded in time, and every sample is counted', async () => {
  const { plans, counts } = await work([batch])
  const [plan] = plans as [TransactionPlan]
  expect(topicsOf(plan)).toEqual({ research: 1, outcomes: 2, progress: 1 })
  expect(plan.commitWithinMs).toBe(750)
  const progress = plan.records.find(({ topic }) => topic === 'progress')
  expect(Buffer.from(progress?.value ?? []).toString()).toBe('2')
  expect(counts).toEqual({ received: 2, delivered: 10, 'withheld consent_absent': 10 })
})

test('a record answers for its samples before they are delivered: without its claims nothing is', async () => {
  const { log, plans, saved } = await work([batch], { save: failing(1, 'PostgreSQL is away') })
  expect(log.slice(1)).toEqual([
    ...['claims of 2 tracks', 'PostgreSQL is away'],
    ...['claims of 2 tracks', 'claims saved', 'acknowledged'],
  ])
  expect(plans).toHaveLength(1)
  expect(saved.map(({ offset, samples }) => [offset, samples])).toMatchObject([
    [0n, [{ first: 0, count: 10 }]],
    [1n, [{ first: 0, count: 10 }]],
  ])
})

test('what was delivered before is left aside', async () => {
  const { plans, saved, counts } = await work([batch], { progress: new Map([[0, 1n]]) })
  expect(topicsOf(plans[0] as TransactionPlan)).toEqual({ outcomes: 1, progress: 1 })
  expect(saved.map(({ offset }) => offset)).toEqual([1n])
  expect(counts).toEqual({ received: 2, repeated: 1, 'withheld consent_absent': 10 })
  const all = await work([batch], { progress: new Map([[0, 2n]]) })
  expect(all.plans).toEqual([{ records: [] }])
})

test('bytes that are no track are left aside, and progress goes beyond them', async () => {
  const unreadable = { ...position, offset: 2n, key: null, value: Buffer.from('no track') }
  const { plans, counts } = await work([[...batch, unreadable]])
  const progress = plans[0]?.records.find(({ topic }) => topic === 'progress')
  expect(Buffer.from(progress?.value ?? []).toString()).toBe('3')
  expect(counts).toMatchObject({ received: 3, failed: 1 })
})

test('old claims go at the start and every half minute, not with each batch', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: january })
  const later = (record: KafkaRecord, offset: bigint) => [{ ...record, offset }]
  const [first, second, third] = [0n, 1n, 2n].map((offset) => later(batch[0] as KafkaRecord, offset)) as [
    ...[KafkaRecord[], KafkaRecord[], KafkaRecord[]],
  ]
  let batches = 0
  const save = () => {
    if (++batches === 2) vi.setSystemTime(january + 30_001)
  }
  const { log } = await work([first, second, third], { save })
  const steps = log.filter((line) => line.startsWith('pruned') || line === 'acknowledged')
  const pruned = 'pruned 2000 after 30 days'
  expect(steps).toEqual([pruned, 'acknowledged', 'acknowledged', pruned, 'acknowledged'])
})
