import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Track } from '../../../proto/index.ts'
import { cleanRecord, type KeyedValue } from '../../../testkit/clean-records.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLatestStore, latestOf } from '../../engines/postgres/telemetry/latest-store.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { createLatestWorker } from './worker.ts'

const brokers = testEngines().kafkaBrokers
const log = pino({ level: 'silent' })
const riderId = 'anna'
let database: TestDatabase
let sql: Sql
const namespaces: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
})
afterAll(async () => {
  await Promise.all(namespaces.map((namespace) => deleteTopics({ brokers, namespace })))
  await database.drop()
})

async function freshNamespace(): Promise<string> {
  const namespace = uniqueNamespace()
  namespaces.push(namespace)
  await ensureTopics({ brokers, namespace })
  return namespace
}

/** Lets the worker handle all records of `telemetry.clean` in batches of at most `maxRecords`. */
async function deliver(records: readonly KeyedValue[], maxRecords: number, namespace: string): Promise<void> {
  const clean = topicName(namespace, 'telemetry.clean')
  const outcomesTopic = topicName(namespace, 'telemetry.outcomes')
  const producer = createProducer({ brokers, name: 'test', log })
  await producer.send(records.map((record) => ({ topic: clean, ...record })))
  const limits = { maxRecords, maxBytes: 1024 * 1024 }
  const group = groupName(namespace, 'latest')
  const consumer = createBatchConsumer({ brokers, group, topics: [clean], limits, log })
  const metrics = createWorkerMetrics('latest')
  const worker = createLatestWorker({
    consumer,
    producer,
    store: createLatestStore(sql),
    outcomesTopic,
    metrics,
    log,
  })
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  await expect.poll(() => count(outcomesTopic), { interval: 100 }).toBe(records.length)
  stop.abort()
  await running
  await Promise.all([consumer.close(), producer.close()])
}

async function count(topic: string): Promise<number> {
  let records = 0
  for await (const _ of readTopic({ brokers, topic })) records++
  return records
}

/** Rides and batteries of two recorders with gaps, overlaps and conflicting repeats, all in the past. */
function tracksOf(bikeId: string): Track[] {
  const recorders = [randomUUID(), randomUUID()].sort()
  return Array.from({ length: 12 }, (_, n): Track => {
    const recorderId = recorders[n % 2] as string
    const startMs = Date.UTC(2026, 0, 1) + (n % 5) * 4_000
    const timesMs = [0, 1_000, 2_000, 3_000, 4_000].map((ms) => startMs + ms)
    const common = { bikeId, recorderId, clock: { bootId: 1, clockEpoch: 1 }, timesMs }
    const levels = timesMs.map((_, i) => (i === 4 && n % 3 === 0 ? Number.NaN : 500 + n * 10 + i))
    return n % 4 === 3
      ? { ...common, kind: 'battery', columns: [{ key: 'state_of_charge_pct', values: levels }] }
      : { ...common, kind: 'ride', columns: [{ key: 'speed_kmh', values: levels }] }
  })
}

test('shuffled delivery in any batches gives the same latest state', async () => {
  const bikeId = randomUUID()
  const records = tracksOf(bikeId).map((track, n) =>
    cleanRecord({ track, riderId, receivedAtMs: 1_780_000_000_000 + n }),
  )
  const shuffled = [7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 6, 4].map((n) => records[n] as KeyedValue)
  const states = []
  for (const [order, maxRecords] of [
    [records, 500],
    [shuffled, 1],
    [[...shuffled].reverse(), 3],
  ] as const) {
    await sql`delete from latest_state where bike_id = ${bikeId}`
    await deliver(order, maxRecords, await freshNamespace())
    states.push(await sql`select * from latest_state where bike_id = ${bikeId} order by state_group`)
  }
  expect(states[0]).toHaveLength(2)
  expect(states[1]).toEqual(states[0])
  expect(states[2]).toEqual(states[0])
})

test('what arrives late never overwrites what is newer, and what was delivered twice changes nothing', async () => {
  const bikeId = randomUUID()
  const at = (timeMs: number, socPermille: number): Track => ({
    bikeId,
    recorderId: randomUUID(),
    kind: 'battery',
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: [timeMs],
    columns: [{ key: 'state_of_charge_pct', values: [socPermille] }],
  })
  const january = Date.UTC(2026, 0, 1)
  const newest = cleanRecord({ track: at(january + 2_000, 500), riderId })
  const late = cleanRecord({ track: at(january, 900), riderId })
  // A phone years ahead: normalize has corrected it by its offset, which puts it before the newest.
  const fast = cleanRecord({
    track: at(Date.UTC(2031, 0, 1), 100),
    riderId,
    clockOffsetMs: january - Date.UTC(2031, 0, 1) + 1_000,
  })
  await deliver([newest, late, fast, newest, late], 2, await freshNamespace())
  expect(await latestOf(sql, bikeId)).toMatchObject([
    { group: 'battery', eventAtMs: january + 2_000, values: { state_of_charge_pct: 50 } },
  ])
})
