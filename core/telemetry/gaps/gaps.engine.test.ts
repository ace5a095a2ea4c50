// From telemetry.clean to the gaps in the database and the question for the state, on the real Kafka and PostgreSQL.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CleanTrackSchema,
  DeviceSourceSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
} from '../../../proto/index.ts'
import { cleanRecord, type KeyedValue } from '../../../testkit/clean-records.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { createCommandQueue } from '../../devices/commands/queue.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createCommandStore } from '../../engines/postgres/devices/command-store.ts'
import { createGapStore } from '../../engines/postgres/telemetry/gap-store.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { planSequences, recordersToLock } from './plan.ts'
import type { SeenTracks, SequenceStore } from './port.ts'
import { beginAt, type Gap } from './sequences.ts'
import { createStateAsker } from './state-asker.ts'
import { createGapsWorker } from './worker.ts'

const brokers = testEngines().kafkaBrokers
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'telemetry.clean')
const newId = () => uuidText(uuidV7Bytes())
let database: TestDatabase
let sql: Sql
let producer: RecordProducer

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  producer = createProducer({ brokers, name: 'test', log })
  await ensureTopics({ brokers, namespace })
})
afterAll(async () => {
  await producer.close()
  await deleteTopics({ brokers, namespace })
  await database.drop()
})

interface Module {
  readonly bikeId: string
  readonly recorderId: string
}
const newModule = (): Module => ({ bikeId: newId(), recorderId: newId() })

function trackOf({ bikeId, recorderId }: Module, sequence?: number): KeyedValue {
  const { key, value } = cleanRecord({
    riderId: '',
    track: {
      bikeId,
      recorderId,
      kind: 'battery',
      clock: { bootId: 1, clockEpoch: 1 },
      ...(sequence !== undefined && { sequence }),
      timesMs: [Date.UTC(2026, 0, 1) + (sequence ?? 0) * 1_000],
      columns: [{ key: 'state_of_charge_pct', values: [500] }],
    },
  })
  const clean = fromBinary(CleanTrackSchema, value)
  const device = create(DeviceSourceSchema, { bikeId: uuidBytes(bikeId), kind: 'battery' })
  if (clean.raw) clean.raw.device = device
  return { key, value: toBinary(CleanTrackSchema, clean) }
}

/** Lets workers consume until their group has nothing left. */
async function runDry(group: string, { workers = 1, maxRecords = 100 } = {}): Promise<void> {
  const stop = new AbortController()
  const running = Array.from({ length: workers }, () => {
    const limits = { maxRecords, maxBytes: 1024 * 1024 }
    const consumer = createBatchConsumer({
      brokers,
      group: groupName(namespace, group),
      topics: [topic],
      limits,
      log,
    })
    const metrics = createWorkerMetrics('gaps')
    const worker = createGapsWorker({ consumer, store: createGapStore(sql), metrics, log })
    return { consumer, done: worker.run(stop.signal) }
  })
  const isDry = async () => {
    const lags = (await Promise.all(running.map(({ consumer }) => consumer.lag()))).flat()
    return lags.length >= 6 && lags.every(({ lag }) => lag === 0n)
  }
  await expect.poll(isDry, { interval: 50 }).toBe(true)
  stop.abort()
  await Promise.all(
    running.map(async ({ consumer, done }) => {
      await done
      await consumer.close()
    }),
  )
}

const note = (store: SequenceStore, seen: readonly SeenTracks[]) =>
  store.change(recordersToLock(seen), (known) => planSequences(known, seen, Date.now()))

const missingOf = ({ recorderId }: Module) =>
  sql<{ missing: string }[]>`
    select missing::text from sequence_gaps where recorder_id = ${recorderId} order by sequence_gaps.missing`.then(
    (rows) => rows.map(({ missing }) => missing),
  )

test('numbers in any order, batches and repetition leave the same ones missing', async () => {
  const modules = Array.from({ length: 8 }, newModule)
  const seen = [3, 4, 9, 5, 1, 12, 4, 7, 3]
  await producer.send(
    seen.flatMap((sequence, at) =>
      modules.map((module, n) => ({ topic, ...trackOf(module, seen[(at + n) % seen.length] ?? sequence) })),
    ),
  )
  await runDry('gaps', { maxRecords: 5 })
  for (const module of modules)
    expect(await missingOf(module)).toEqual(['[2,3)', '[6,7)', '[8,9)', '[10,12)'])
  await runDry('gaps-again', { workers: 2 })
  for (const module of modules)
    expect(await missingOf(module)).toEqual(['[2,3)', '[6,7)', '[8,9)', '[10,12)'])
})

test('phones, and modules that do not number, have no gaps', async () => {
  const phone = newModule()
  const clean = fromBinary(CleanTrackSchema, trackOf(phone, 7).value)
  if (clean.raw) delete clean.raw.device
  const records = [
    { key: uuidBytes(phone.bikeId), value: toBinary(CleanTrackSchema, clean) },
    trackOf(newModule()),
  ]
  const [{ before } = { before: 0 }] = await sql`select count(*)::int as before from recorder_sequences`
  await producer.send(records.map((record) => ({ topic, ...record })))
  await runDry('gaps')
  expect(await sql`select count(*)::int as after from recorder_sequences`).toEqual([{ after: before }])
})

test('several writers at once wait for each other and lose nothing', async () => {
  const store = createGapStore(sql)
  const modules = Array.from({ length: 5 }, newModule)
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1)
  await Promise.all(
    numbers.map((sequence) =>
      note(
        store,
        modules.map((module) => ({ ...module, sequences: [sequence, sequence + 41] })),
      ),
    ),
  )
  for (const module of modules) expect(await missingOf(module)).toEqual(['[41,42)'])
})

test('the store gives back what it was given', async () => {
  const store = createGapStore(sql)
  const module = newModule()
  const gap: Gap = {
    first: 5,
    end: 2 ** 53 - 1,
    noticedAtMs: 1_234_567_890_123,
    stateAskedAtMs: 1_234_567_890_999,
  }
  const kept = { first: 4, next: 2 ** 53, gaps: [gap] }
  const { recorderId } = module
  await store.change([{ ...module, beginning: beginAt(7) }], (known) => {
    expect(known).toEqual(new Map([[recorderId, beginAt(7)]]))
    return [{ recorderId, sequences: kept, gapsChanged: true }]
  })
  await store.change([{ ...module, beginning: beginAt(9) }], (known) => {
    expect(known).toEqual(new Map([[recorderId, kept]]))
    return []
  })
})

test('a gap that stays open makes the bike be asked for its state once; one that closes in time does not', async () => {
  const store = createGapStore(sql)
  const commands = createCommandStore(sql)
  const queue = createCommandQueue(commands)
  const [losing, late] = [newModule(), newModule()]
  const asker = (settleMs: number) => createStateAsker({ store, commands: queue, log, settleMs, everyMs: 20 })
  const during = async (settleMs: number, work: () => Promise<void>) => {
    const stop = new AbortController()
    const running = asker(settleMs).run(stop.signal)
    await work()
    stop.abort()
    await running
  }
  const askedOf = async ({ bikeId }: Module) =>
    (await commands.list(bikeId, 10)).map(({ action }) => action.kind)

  await note(store, [{ ...losing, sequences: [1, 5, 9] }])
  await note(store, [{ ...late, sequences: [1, 3] }])
  await during(600_000, async () => note(store, [{ ...late, sequences: [2] }]))
  expect(await askedOf(losing)).toEqual([])
  // Two at once find the same gaps; the same request is made once.
  const both = () => expect.poll(() => askedOf(losing)).toEqual(['report_state'])
  await Promise.all([during(0, both), during(0, both)])

  await note(store, [{ ...losing, sequences: [11] }])
  await during(0, async () => {
    const control = newModule()
    await note(store, [{ ...control, sequences: [1, 3] }])
    await expect.poll(() => askedOf(control)).toEqual(['report_state'])
  })
  expect(await askedOf(losing)).toEqual(['report_state'])
  expect(await askedOf(late)).toEqual([])
})
