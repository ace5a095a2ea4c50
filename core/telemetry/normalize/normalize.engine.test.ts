// From telemetry.raw to the books and into quarantine and back, on the real Kafka and PostgreSQL.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CleanTrackSchema,
  QuarantinedTrackSchema,
  QuarantineReason,
  RawTrackSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
  writeTrack,
} from '../../../proto/index.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { knowBikes } from '../../../testkit/known-bikes.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLedgerStore } from '../../engines/postgres/telemetry/ledger-store.ts'
import {
  createBikeRegistry,
  createClockStore,
  createTombstones,
} from '../../engines/postgres/telemetry/normalize-stores.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { readTombstoneKey } from '../../runtime/config.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { type Topic, topicName } from '../../topics.ts'
import { createLedgerWorker } from '../ledger/worker.ts'
import { replay } from '../quarantine/replay.ts'
import { createRoom } from '../quarantine/room.ts'
import { createWakeWaiting } from '../quarantine/waiting.ts'
import { createQuarantineWorker } from '../quarantine/worker.ts'
import { cacheClocks, cacheRegistry } from './caching.ts'
import { createNormalizeWorker } from './worker.ts'

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const topic = (name: Topic) => topicName(namespace, name)
const receivedAtMs = Date.UTC(2026, 4, 1, 12)
const rider = 'rider-1'
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

interface Sent {
  bikeId: string
  recorderId?: string
  sender?: string
  /** Relative to the receipt. */
  startMs?: number
  sentAtMs?: number
  samples?: number
  /** Sent by a module of the bike. */
  device?: { bikeId: Uint8Array; kind: string }
}

function rawTrack({
  bikeId,
  recorderId = newId(),
  sender = rider,
  startMs = -600_000,
  sentAtMs = 0,
  samples = 10,
  device,
}: Sent) {
  const timesMs = Array.from({ length: samples }, (_, i) => receivedAtMs + startMs + i * 1000)
  const track = writeTrack({
    bikeId,
    recorderId,
    kind: 'motor',
    clock: { bootId: 1, clockEpoch: 7 },
    timesMs,
    columns: [{ key: 'motor_power_w', values: timesMs.map((_, i) => i) }],
  })
  const trackId = uuidV7Bytes()
  const raw = create(RawTrackSchema, {
    trackId,
    uploadId: uuidV7Bytes(),
    sender,
    receivedAtMs: BigInt(receivedAtMs),
    attempt: { sentAtMs: BigInt(receivedAtMs + sentAtMs), bootId: 2, clockEpoch: 7 },
    track,
    samples,
    ...(device && { device, sender: `bike:${bikeId}`, attempt: undefined }),
  })
  const value = toBinary(RawTrackSchema, raw)
  return {
    trackId: uuidText(trackId),
    record: { topic: topic('telemetry.raw'), key: uuidBytes(bikeId), value },
  }
}

async function register(bikeId: string, riderId = rider): Promise<void> {
  await sql`insert into bikes (bike_id, produced_at) values (${bikeId}, '2026-01-01')`
  await sql`insert into ownerships values (${bikeId}, ${riderId}, '[2026-02-01,)')`
  await knowBikes(sql)
}

async function readAll(name: Topic): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = []
  for await (const record of readTopic({ brokers, topic: topic(name) })) records.push(record)
  return records
}

/** Lets a worker consume until its group has nothing left. */
async function runDry(
  name: Topic,
  group: string,
  work: (consumer: BatchConsumer) => { run(signal: AbortSignal): Promise<void> },
) {
  const limits = { maxRecords: 100, maxBytes: 1024 * 1024 }
  const consumer = createBatchConsumer({
    brokers,
    group: `${namespace}.${group}`,
    topics: [topic(name)],
    limits,
    log,
  })
  const stop = new AbortController()
  const running = work(consumer).run(stop.signal)
  const isDry = async () => {
    const lags = await consumer.lag()
    return lags.length > 0 && lags.every(({ lag }) => lag === 0n)
  }
  await expect.poll(isDry, { interval: 50 }).toBe(true)
  stop.abort()
  await running
  await consumer.close()
}

// Any text that is long enough is a key.
const tombstoneOf = readTombstoneKey(import.meta.filename)
const metricsOf = (name: string) => createWorkerMetrics(name)

function normalize(group = 'normalize', registry = cacheRegistry(createBikeRegistry(sql))) {
  return runDry('telemetry.raw', group, (consumer) =>
    createNormalizeWorker({
      consumer,
      producer,
      registry,
      clocks: cacheClocks(createClockStore(sql)),
      tombstones: createTombstones(sql, tombstoneOf),
      topics: {
        clean: topic('telemetry.clean'),
        quarantine: topic('telemetry.quarantine'),
        outcomes: topic('telemetry.outcomes'),
      },
      metrics: metricsOf('normalize'),
      log,
    }),
  )
}

const keepBooks = (group = 'ledger') =>
  runDry('telemetry.outcomes', group, (consumer) =>
    createLedgerWorker({ consumer, store: createLedgerStore(sql), metrics: metricsOf('ledger'), log }),
  )

const wakeWaiting = (bikeIds: readonly string[]) =>
  createWakeWaiting({
    ...{ store: createQuarantineStore(sql), producer, rawTopic: topic('telemetry.raw') },
  })(bikeIds)

const keepQuarantine = (group = 'quarantine') =>
  runDry('telemetry.quarantine', group, (consumer) => {
    const store = createQuarantineStore(sql)
    const metrics = { ...metricsOf('quarantine'), beyondBound: () => undefined }
    return createQuarantineWorker({
      ...{ consumer, store, room: createRoom(store), wakeWaiting, metrics, log },
    })
  })

const books = () => sql`select * from ledger_counts order by track_id, stage, outcome, reason`

async function cleanOf(trackId: string) {
  const all = (await readAll('telemetry.clean')).map(({ value }) =>
    fromBinary(CleanTrackSchema, value as Buffer),
  )
  return all.filter(({ raw }) => uuidText(raw?.trackId as Uint8Array) === trackId)
}

test('a track is believed, or quarantined with its reason, and the books say so', async () => {
  const bikeId = newId()
  await register(bikeId)
  const believed = rawTrack({ bikeId })
  const foreign = rawTrack({ bikeId, sender: 'rider-2' })
  const future = rawTrack({ bikeId, startMs: -4_000, samples: 20 })
  const ancient = rawTrack({ bikeId, startMs: -200 * 86_400_000 })
  const broken = {
    topic: topic('telemetry.raw'),
    key: uuidBytes(bikeId),
    value: Buffer.from('no track at all'),
  }
  await producer.send([...[believed, foreign, future, ancient].map(({ record }) => record), broken])
  await normalize()
  await keepBooks()
  const counts = await books()
  const of = ({ trackId }: { trackId: string }) =>
    counts
      .filter((row) => row.track_id === trackId)
      .map(({ outcome, reason, samples }) => [outcome, reason, samples])
  expect(of(believed)).toEqual([['clean', '', 10]])
  expect(of(foreign)).toEqual([['quarantined', 'bike_foreign', 10]])
  expect(of(future)).toEqual([
    ['clean', '', 10],
    ['quarantined', 'event_in_future', 10],
  ])
  expect(of(ancient)).toEqual([['quarantined', 'event_before_bike', 10]])
  const quarantined = (await readAll('telemetry.quarantine')).map(({ value }) =>
    fromBinary(QuarantinedTrackSchema, value as Buffer),
  )
  const undecodable = quarantined.find(({ reason }) => reason === QuarantineReason.UNDECODABLE)
  expect(Buffer.from(undecodable?.record as Uint8Array).toString()).toBe('no track at all')
})

test('a retry with other clock facts, and a topic read again, give the same event times', async () => {
  const [bikeId, recorderId] = [newId(), newId()]
  await register(bikeId)
  const threeDays = 3 * 86_400_000
  const first = rawTrack({ bikeId, recorderId, startMs: threeDays, sentAtMs: threeDays })
  const retry = rawTrack({ bikeId, recorderId, startMs: threeDays, sentAtMs: threeDays - 77_000 })
  await producer.send([first.record])
  await normalize()
  await producer.send([retry.record])
  await normalize()
  await normalize('normalize-again')
  const clean = [...(await cleanOf(first.trackId)), ...(await cleanOf(retry.trackId))]
  expect(clean.length).toBe(4)
  expect(new Set(clean.map(({ clockOffsetMs }) => clockOffsetMs))).toEqual(new Set([BigInt(-threeDays)]))
})

test('an unregistered bike’s track waits in quarantine, and is clean once the bike is known', async () => {
  const bikeId = newId()
  const track = rawTrack({ bikeId })
  await producer.send([track.record])
  await normalize()
  await keepQuarantine()
  const store = createQuarantineStore(sql)
  const [entry] = await store.list({ bikeId }, 10)
  expect(entry).toMatchObject({
    trackId: track.trackId,
    reason: 'bike_unregistered',
    samples: 10,
    ranges: '0+10',
    receivedAtMs,
    bikeVersion: 0,
  })

  expect(await wakeWaiting([bikeId])).toBe(0)
  await register(bikeId)
  expect(await wakeWaiting([bikeId])).toBe(1)
  await normalize()
  await keepBooks()
  expect((await cleanOf(track.trackId)).length).toBe(1)
  const counts = (await books()).filter(({ track_id }) => track_id === track.trackId)
  expect(counts).toMatchObject([{ outcome: 'clean', samples: 10 }])
  expect(await store.list({ bikeId }, 10)).toEqual([])
})

test('what comes into quarantine after its bike has become known goes on at once', async () => {
  const bikeId = newId()
  const track = rawTrack({ bikeId })
  await producer.send([track.record])
  await normalize()
  await register(bikeId)
  await keepQuarantine()
  await normalize()
  expect((await cleanOf(track.trackId)).length).toBe(1)
})

test('a track that news of its bike does not mend comes back once for each, and waits on', async () => {
  const bikeId = newId()
  await register(bikeId)
  await producer.send([rawTrack({ bikeId, sender: 'rider-2' }).record])
  const waitingFor = async () => {
    await normalize()
    await keepQuarantine()
    const entries = await createQuarantineStore(sql).list({ bikeId }, 10)
    return entries.map(({ reason, bikeVersion }) => `${reason} ${bikeVersion}`)
  }
  expect(await waitingFor()).toEqual(['bike_foreign 2'])
  expect(await wakeWaiting([bikeId])).toBe(0)
  await sql`update bikes set produced_at = '2026-01-02' where bike_id = ${bikeId}`
  await knowBikes(sql)
  expect(await wakeWaiting([bikeId])).toBe(1)
  expect(await waitingFor()).toEqual(['bike_foreign 3'])
  expect(await wakeWaiting([bikeId])).toBe(0)
})

test('what was read before does not refuse a track that news of its bike has sent back', async () => {
  const bikeId = newId()
  await register(bikeId)
  const early = rawTrack({ bikeId, startMs: Date.UTC(2026, 0, 15) - receivedAtMs })
  const registry = cacheRegistry(createBikeRegistry(sql))
  await producer.send([rawTrack({ bikeId }).record, early.record])
  await normalize('normalize', registry)
  await keepQuarantine()
  await sql`update ownerships set owned = '[2026-01-10,)' where bike_id = ${bikeId}`
  await knowBikes(sql)
  expect(await wakeWaiting([bikeId])).toBe(1)
  await normalize('normalize', registry)
  expect((await cleanOf(early.trackId)).length).toBe(1)
})

test('a module’s track waits until the module is enrolled, and is then its bike’s owner’s', async () => {
  const [bikeId, recorderId] = [newId(), newId()]
  await register(bikeId)
  const track = rawTrack({ bikeId, recorderId, device: { bikeId: uuidBytes(bikeId), kind: 'motor' } })
  await producer.send([track.record])
  await normalize()
  await keepQuarantine()
  const store = createQuarantineStore(sql)
  expect(await store.list({ bikeId }, 10)).toMatchObject([{ reason: 'device_mismatch', samples: 10 }])

  await sql`
    insert into devices (device_id, bike_id, samples_from)
    values (${recorderId}, ${bikeId}, ${new Date(receivedAtMs + 86_400_000)})`
  await knowBikes(sql)
  expect(await wakeWaiting([bikeId])).toBe(1)
  await normalize()
  await keepQuarantine()
  // Of before its enrolment nobody vouches for where it was; until staff does.
  expect(await store.list({ bikeId }, 10)).toMatchObject([{ reason: 'before_enrolment', samples: 10 }])
  await sql`update devices set samples_from = ${new Date(receivedAtMs - 86_400_000)} where device_id = ${recorderId}`
  await knowBikes(sql)
  expect(await wakeWaiting([bikeId])).toBe(1)
  await normalize()
  expect(await cleanOf(track.trackId)).toMatchObject([{ riderId: rider, clockOffsetMs: 0n }])
})

test('a track with several entries is replayed once, and refused again it has new entries', async () => {
  const bikeId = newId()
  await register(bikeId)
  // The first five samples lie before the bike was made, the others before it was the rider's.
  const madeAtMs = Date.UTC(2026, 0, 1) - receivedAtMs
  await producer.send([rawTrack({ bikeId, startMs: madeAtMs - 5_000 }).record])
  await normalize()
  await keepQuarantine()
  const store = createQuarantineStore(sql)
  const pending = async () => {
    const entries = await store.list({ bikeId }, 10)
    return entries.map(({ reason, ranges }) => `${reason} ${ranges}`).sort()
  }
  expect(await pending()).toEqual(['bike_foreign 5+5', 'event_before_bike 0+5'])
  const filter = { bikeId, reason: 'bike_foreign' }
  const rawTopic = topic('telemetry.raw')
  expect(await replay({ store, producer, rawTopic, filter, limit: 10 })).toEqual({ entries: 2, tracks: 1 })
  expect(await pending()).toEqual([])
  await normalize()
  await keepQuarantine()
  expect(await pending()).toEqual(['bike_foreign 5+5', 'event_before_bike 0+5'])
})

test('topics read again add nothing to the books and nothing to quarantine', async () => {
  await keepBooks()
  await keepQuarantine()
  const entries = () => sql`select * from quarantine order by quarantine_id`
  const [booksBefore, entriesBefore] = [await books(), await entries()]
  await keepBooks('ledger-again')
  await keepQuarantine('quarantine-again')
  expect(await books()).toEqual(booksBefore)
  expect(await entries()).toEqual(entriesBefore)
})
