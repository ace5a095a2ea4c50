import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { CreateAnswer } from '../../engines/elasticsearch/port.ts'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { createWatch } from '../../runtime/watch.ts'
import { createCopyWorker, createForgetting, type ForgettingDeps } from './worker.ts'

const log = pino({ level: 'silent' })
const text = new TextDecoder()

const track = (person: string, changes: object = {}): KafkaRecord => ({
  ...{ topic: 'tracks', partition: 0, offset: 0n, key: null, timestampMs: 0 },
  value: Buffer.from(
    JSON.stringify({
      ...{ subject: '01', person, recorder: '02', kind: 'ride', time_ms: [1_000], metrics: {} },
      ...changes,
    }),
  ),
})

/** Hands one batch over once, and tells how that ended. */
async function copied(batch: readonly KafkaRecord[], answers: (readonly CreateAnswer[] | undefined)[] = []) {
  const done: string[] = []
  const metrics = createWorkerMetrics('research-copy')
  const consumer = {
    run: (handle, signal) => handle(batch, signal),
    trouble: () => undefined,
  } as Partial<BatchConsumer> as BatchConsumer
  const worker = createCopyWorker({
    ...{ consumer, metrics, log },
    gate: { consenting: async (persons) => new Set(persons.filter((person) => person !== 'dead')) },
    store: {
      async create(_, { body }) {
        done.push(text.decode(body))
        return answers.shift()
      },
      makePartition: async ({ fromMs }) => void done.push(`made ${fromMs}`),
    },
  })
  const failure = await worker.run(new AbortController().signal).catch((error: Error) => error.message)
  return { done, failure, shown: await metrics.registry.metrics() }
}

test('who does not consent now is not written, and what is no track is counted', async () => {
  const broken = { ...track('aa'), value: Buffer.from('{') }
  const { done, failure, shown } = await copied([track('aa'), track('dead'), broken])
  expect(failure).toBeUndefined()
  expect(done).toEqual([expect.stringContaining('"person":"aa"')])
  expect(done.join()).not.toContain('dead')
  expect(shown).toContain(
    'worker_samples_total{outcome="withheld",reason="consent_absent",worker="research-copy"} 1',
  )
  expect(shown).toContain('worker_records_total{event="failed",worker="research-copy"} 1')
})

test('a month is made when its first sample comes, and what is there already is as good as written', async () => {
  const { done, failure } = await copied(
    [track('aa')],
    [[{ type: 'missing' }], [{ type: 'exists', id: 'x' }]],
  )
  expect(failure).toBeUndefined()
  expect(done).toEqual([done[2], 'made 0', done[0]])
})

test.each([
  [{ type: 'busy', detail: '429: disk full' }, 'busy: 429: disk full'],
  [{ type: 'blocked' }, 'blocked'],
  [
    { type: 'refused', detail: 'strict_dynamic_mapping_exception: x' },
    'refused: strict_dynamic_mapping_exception: x',
  ],
] as const)('a batch whose documents are not all taken comes again: %j', async (answer, reason) => {
  expect((await copied([track('aa')], [[answer]])).failure).toContain(reason)
})

interface Situation {
  readonly passed?: readonly bigint[]
  readonly ageMs?: number
  /** What comes after a round's deletion, as documents of a slow writer do. */
  readonly late?: number
  readonly leads?: boolean
}

/** One round with 2 documents of a person who withdrew when the stream ended at 5. */
async function forgetOnce({ passed = [5n], ageMs = 120_000, late = 0, leads = true }: Situation) {
  const done: string[] = []
  const stop = new AbortController()
  let documents = 2
  const deps: ForgettingDeps = {
    ...{ log, keptAtLeastMs: 120_000 },
    withdrawals: {
      waiting: async () => [{ person: 'aa', ageMs }],
      forgotten: async (persons) => void done.push(`forgotten ${persons}`),
      backlog: async () => ({ items: 1, oldestMs: ageMs }),
    },
    positions: { ends: async () => [5n], passed: async () => passed },
    store: {
      async deleteAll() {
        const deleted = documents
        documents = late
        done.push(`deleted ${deleted}`)
        return deleted
      },
      refresh: async () => void done.push('refresh'),
      count: async () => documents,
    },
    leadership: { isLeader: async () => leads },
    watch: {
      ...createWatch(() => undefined).watch,
      next: async () => stop.abort(),
    },
  }
  await createForgetting(deps).run(stop.signal)
  return done
}

test('a row goes when its documents are gone, its offsets are passed and its time is over', async () => {
  expect(await forgetOnce({})).toEqual(['refresh', 'deleted 2', 'refresh', 'forgotten aa'])
})

test.each<[string, Situation]>([
  ['the writers have not passed the end', { passed: [4n] }],
  ['an older bulk may still be on its way', { ageMs: 119_000 }],
])('documents are deleted at once, but the row stays while %s', async (_, situation) => {
  expect(await forgetOnce(situation)).toEqual(['refresh', 'deleted 2'])
})

test('the row stays when documents came after the deletion', async () => {
  expect(await forgetOnce({ late: 1 })).toEqual(['refresh', 'deleted 2', 'refresh'])
})

test('of several processes one deletes', async () => {
  expect(await forgetOnce({ leads: false })).toEqual([])
})
