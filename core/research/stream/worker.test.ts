import pino from 'pino'
import { expect, test } from 'vitest'
import { january, stored } from '../../../testkit/research-stream.ts'
import type { KafkaRecord, TransactionalConsumer, TransactionPlan } from '../../engines/kafka/port.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { createPseudonym } from './pseudonym.ts'
import { createAnalyticsWorker } from './worker.ts'

const open: ConsentRange = { fromMs: january, untilMs: Number.POSITIVE_INFINITY, now: true }
const withdrawn: ConsentRange = { ...open, untilMs: january + 60_000, now: false }

const position = { topic: 'stored', partition: 0, timestampMs: 0 }
const batch: KafkaRecord[] = ['anna', 'ben'].map((riderId, index) => {
  const { key, value } = stored({ riderId })
  return { ...position, offset: BigInt(index), key: Buffer.from(key), value: Buffer.from(value) }
})

/** What the worker wants written of a batch of anna's and ben's. */
async function planOf(consents: ReadonlyMap<string, ConsentRange[]>): Promise<TransactionPlan> {
  const plans: TransactionPlan[] = []
  const consumer: TransactionalConsumer = {
    run: async (handle, signal) => {
      plans.push(await handle(batch, signal))
    },
    lag: async () => [],
    inFlight: () => 0,
    trouble: () => undefined,
    close: async () => undefined,
  }
  const worker = createAnalyticsWorker({
    consumer,
    consents: { consentsOf: async () => new Map(consents) },
    claims: { claimsOf: async () => [], save: async () => undefined, prune: async () => undefined },
    readProgress: async () => new Map(),
    pseudonym: createPseudonym('a secret of the tests only'),
    topics: { research: 'research', outcomes: 'outcomes', progress: 'progress' },
    metrics: createWorkerMetrics('analytics'),
    log: pino({ level: 'silent' }),
  })
  await worker.run(new AbortController().signal)
  return plans[0] as TransactionPlan
}

test('a decision holds until a rider withdraws what it was based on', async () => {
  const consents = new Map([['anna', [open]]])
  const { records, stillHolds } = await planOf(consents)
  expect(records.filter(({ topic }) => topic === 'research')).toHaveLength(10)
  expect(await stillHolds?.()).toBe(true)
  consents.set('ben', [open])
  expect(await stillHolds?.()).toBe(true)
  consents.set('anna', [withdrawn])
  expect(await stillHolds?.()).toBe(false)
})
