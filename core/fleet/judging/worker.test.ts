import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { Registry } from 'prom-client'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
  QuarantinedStatementSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { fakeLog, fakeProducer, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import { sealedBy, sealedStatement, storedId, testAudience, testPartner } from '../../../testkit/partners.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { SealStore } from '../partners/port.ts'
import { fleet, nowMs } from '../testing/rule-case.ts'
import { changed, fitted, made } from '../testing/statements.ts'
import { finding } from './findings.ts'
import type { FleetStore, JudgedStatement, KnownStatement } from './port.ts'
import { rules } from './rules/index.ts'
import { createFleetMetrics, createFleetWorker } from './worker.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const partner = testPartner('plant:dresden')
/** Knows the partner's key, and keeps no other. */
const seals: SealStore = {
  keys: async () => [partner.key],
  keepUnverified: async () => [],
  verifiable: async () => [],
  dropUnverified: async () => undefined,
  countUnverified: async () => 0,
}

/** Keeps what is decided; `due` is due from the beginning. Its master data are those of the rules' tests. */
function memoryStore(log: string[], due: readonly ManufacturingEvent[]) {
  const known = (event: ManufacturingEvent, facts: Partial<KnownStatement> = {}): KnownStatement => ({
    ...{ event, contentSha256: '', record: '', state: 'held', findings: [] },
    ...{ judgement: 1, decisions: [], isDue: true, speaker: { provenance: 'legacy' } },
    ...facts,
  })
  const statements = new Map(due.map((event) => [event.eventId, known(event)]))
  const store: Pick<FleetStore, 'decide' | 'due'> = {
    async decide(question, plan) {
      const loaded = { nowMs, snapshot: fleet, statements: [...statements.values()], waiting: [] }
      for (let asked = question; ; ) {
        const answer = plan.answer(
          { ...loaded, decision: undefined, awaited: [], partners: [partner] },
          asked,
        )
        if ('more' in answer) {
          asked = answer.more
          continue
        }
        for (const { event, state, findings, received } of answer.writes.statements)
          statements.set(event.eventId, known(event, { state, findings, isDue: false, ...received }))
        log.push(['stored', ...answer.writes.statements.map(({ state }) => state)].join(' '))
        return { decision: answer.decision, due: [] }
      }
    },
    due: async (limit) => [...statements.values()].filter(({ isDue }) => isDue).slice(0, limit),
  }
  return store
}

type Judged = Pick<JudgedStatement, 'state' | 'findings'>

interface Given {
  readonly keys?: SealStore['keys']
  readonly batches?: readonly (readonly KafkaRecord[])[]
  readonly due?: readonly ManufacturingEvent[]
  /** Called before records are sent to quarantine. */
  readonly send?: () => void
}

/** A worker that ends when its loop has nothing more to do and waits. */
function workerWith({ batches = [], due = [], send, keys = seals.keys }: Given) {
  const steps: string[] = []
  const waits: [withinMs: number, signal: AbortSignal][] = []
  const judged: (readonly Judged[])[] = []
  const batchSeconds: number[] = []
  const done = new AbortController()
  const { log, lines } = fakeLog()
  const producer = fakeProducer(steps, send)
  const metrics = { ...fakeMetrics(), batchSeconds: (seconds: number) => void batchSeconds.push(seconds) }
  const watch = {
    async next(...asked: [number, AbortSignal]) {
      waits.push(asked)
      done.abort()
    },
    end: () => undefined,
  }
  const deps = {
    ...{ producer, rules, metrics, watch, log, quarantineTopic: 'quarantine', seals: { ...seals, keys } },
    ...{ audience: testAudience, unsealed: 'refuse' as const },
    consumer: fakeConsumer(batches, steps),
    store: memoryStore(steps, due),
    fleetMetrics: { judged: (all: readonly Judged[]) => void judged.push(all), unverified: () => undefined },
  }
  return {
    deps,
    done,
    steps,
    waits,
    judged,
    batchSeconds,
    lines,
    counts: metrics.counts,
    sent: producer.sent,
  }
}

async function work(given: Given) {
  const worker = workerWith(given)
  await createFleetWorker(worker.deps).run(worker.done.signal)
  return worker
}

const numbered = (number: number, event: ManufacturingEvent) =>
  changed(event, { eventId: `01936f00-0000-7000-8000-0000000000f${number}` })
const sound = numbered(1, made('BA9'))
const doubtful = numbered(2, fitted('BA2', 'F-ANNA'))
const namesake = numbered(2, made('BA8'))
const key = Buffer.from('key')
const recordsWith = (...events: ManufacturingEvent[]) =>
  recordsOf(
    events.map((event) => sealedStatement(event)),
    { topic: 'events', key },
  )
const quarantined = ({ value }: { value: Uint8Array }) => fromBinary(QuarantinedStatementSchema, value)

test('what is applied goes nowhere else', async () => {
  const { steps, counts, judged } = await work({ batches: [recordsWith(sound)] })
  expect(steps).toEqual(['stored applied', 'acknowledged'])
  expect(counts).toEqual({ received: 1, written: 1 })
  expect(judged.flat()).toMatchObject([{ state: 'applied', event: { eventId: storedId(sound) } }])
})

test('what is doubtful is stored, then sent to quarantine, and only then acknowledged', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
  const { steps, sent, counts } = await work({ batches: [recordsWith(doubtful, sound)] })
  expect(steps).toEqual(['stored applied held', 'sent quarantine', 'acknowledged'])
  expect(sent).toMatchObject([{ topic: 'quarantine', key }])
  expect(sent.map(quarantined)).toMatchObject([
    {
      event: { eventId: storedId(doubtful) },
      state: 'held',
      findings: [{ reason: 'slot_taken', severity: 'hold' }],
      decidedAtMs: 1_700_000_000_000n,
    },
  ])
  expect(counts).toEqual({ received: 2, written: 2 })
})

test('a record that did not get to quarantine gets there when it is handled again', async () => {
  const { steps, sent, counts } = await work({
    batches: [recordsWith(doubtful)],
    send: failing(1, 'Kafka is away'),
  })
  expect(steps).toEqual(['stored held', 'Kafka is away', 'stored', 'sent quarantine', 'acknowledged'])
  expect(sent.map(quarantined)).toMatchObject([{ event: { eventId: storedId(doubtful) }, state: 'held' }])
  expect(counts).toEqual({ received: 2, repeated: 1 })
})

test.each<[string, KafkaRecord[][], number]>([
  [
    'a statement that came in another record before',
    [recordsWith(doubtful), recordsWith(sound, doubtful)],
    1,
  ],
  ['a statement that came twice in one batch', [recordsWith(doubtful, doubtful)], 1],
  ['an applied one that comes again', [recordsWith(sound), recordsWith(sound)], 0],
])('%s is not sent to quarantine again', async (_, batches, times) => {
  const { sent, counts } = await work({ batches })
  expect(sent).toHaveLength(times)
  expect(counts).toMatchObject({ repeated: 1 })
})

test('another statement under a known id is refused, and told of in quarantine', async () => {
  const { sent, counts } = await work({ batches: [recordsWith(doubtful), recordsWith(namesake)] })
  expect(sent.map(quarantined)).toMatchObject([
    { state: 'held' },
    {
      state: 'refused',
      event: { event: { case: 'componentProduced' } },
      findings: [{ reason: 'event_id_reused' }],
    },
  ])
  expect(counts).toEqual({ received: 2, written: 1, failed: 1 })
})

test('what is not sealed, or wrongly, is told in quarantine as it came, and takes no id', async () => {
  const bare = toBinary(ManufacturingEventSchema, sound)
  const foreign = sealedBy(testPartner('oem:acme'), bare)
  const unsaid = sealedStatement(changed(made('BA9'), { source: 'plant:zwickau' }))
  const [first] = recordsOf([
    sealedBy(partner, toBinary(ManufacturingEventSchema, changed(made('BA9'), { source: 'oem:acme' }))),
  ])
  const records = [
    ...recordsOf([bare, foreign, unsaid, sealedBy(partner, bare, 'elsewhere')]),
    ...(first ? [{ ...first, offset: 9n }] : []),
  ]
  const keys = async () => [partner.key, { ...testPartner('oem:acme').key, publicKey: partner.key.publicKey }]
  const { sent, counts, judged, steps } = await work({ batches: [records, recordsWith(sound)], keys })
  expect(sent.map(quarantined)).toMatchObject([
    {
      findings: [{ reason: 'seal_invalid', detail: expect.stringContaining('did not sign') }],
    },
    { findings: [{ reason: 'seal_invalid', detail: 'aud is not this installation' }] },
    { findings: [{ reason: 'unsealed', severity: 'refuse' }] },
    {
      findings: [{ reason: 'seal_invalid', detail: expect.stringContaining('its source is oem:acme') }],
    },
  ])
  expect(sent.map(quarantined).filter(({ event }) => event !== undefined)).toEqual([])
  expect(counts).toMatchObject({ failed: 4, written: 1 })
  expect(judged.flat()).toContainEqual(expect.objectContaining({ state: 'applied' }))
  expect(steps).toContain('stored applied')
})

test('a batch’s seconds are measured', async () => {
  vi.spyOn(performance, 'now').mockReturnValueOnce(1_000).mockReturnValueOnce(3_500)
  expect((await work({ batches: [recordsWith(sound)] })).batchSeconds).toEqual([2.5])
})

test('due statements are judged at once, again until none is due, and then a word of more is awaited', async () => {
  const { judged, waits, done, lines, steps } = await work({ due: [sound, doubtful] })
  expect(steps).toEqual(['stored applied held'])
  expect(judged.map((all) => all.map(({ state }) => state))).toEqual([['applied', 'held'], []])
  expect(lines).toMatchObject([{ judged: 2, msg: 'judged again' }])
  expect(waits).toEqual([[1_000, done.signal]])
})

test('the worker is ready unless its consumer or its loop is in trouble', async () => {
  const { deps, done } = workerWith({})
  const store = {
    ...deps.store,
    async due(): Promise<never> {
      done.abort()
      throw new Error('PostgreSQL is away')
    },
  }
  const worker = createFleetWorker({ ...deps, store })
  expect(worker.trouble()).toBeUndefined()
  await worker.run(done.signal)
  expect(worker.trouble()).toBe('judging statements again: PostgreSQL is away')
  const consumer = { ...deps.consumer, trouble: () => 'no Kafka' }
  expect(createFleetWorker({ ...deps, consumer }).trouble()).toBe('no Kafka')
})

function metricsWith(held: FleetStore['held']) {
  const registry = new Registry()
  const metrics = createFleetMetrics(registry, { held })
  /** `fleet_held_statements` → its values, with their labels. */
  const values = async (name: string) =>
    (await registry.getMetricsAsJSON())
      .find((metric) => metric.name === name)
      ?.values.map(({ labels, value }) => ({ ...labels, value }))
  return { metrics, values }
}

test('judgements and their findings are counted', async () => {
  const { metrics, values } = metricsWith(async () => ({ statements: 0, oldestMs: null }))
  const nothing = { event: sound, changes: [], touched: [], again: [] }
  const doubts = (['slot_taken', 'said_before'] as const).map((reason) => finding(reason, '', { detail: '' }))
  metrics.judged([
    { ...nothing, state: 'held', findings: doubts },
    { ...nothing, state: 'held', findings: doubts.slice(0, 1) },
    { ...nothing, state: 'applied', findings: [] },
  ])
  expect(await values('fleet_statements_total')).toEqual([
    { state: 'held', value: 2 },
    { state: 'applied', value: 1 },
  ])
  expect(await values('fleet_findings_total')).toEqual([
    { reason: 'slot_taken', severity: 'hold', value: 2 },
    { reason: 'said_before', severity: 'flag', value: 1 },
  ])
})

test('the gauges of held statements stay as they were while the store is away', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 100_000 })
  const answers = [{ statements: 3, oldestMs: 40_000 }, undefined, { statements: 0, oldestMs: null }]
  const { values } = metricsWith(async () => {
    const held = answers[0]
    if (held === undefined) throw new Error('PostgreSQL is away')
    return held
  })
  const gauges = async () => {
    const [[statements], [oldest]] = [
      (await values('fleet_held_statements')) ?? [],
      (await values('fleet_held_oldest_seconds')) ?? [],
    ]
    answers.shift()
    return [statements?.value, oldest?.value]
  }
  expect(await gauges()).toEqual([3, 60])
  expect(await gauges()).toEqual([3, 60])
  expect(await gauges()).toEqual([0, 0])
})
