// From telemetry.clean to findings about parts, on the real Kafka and PostgreSQL.
import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Track } from '../../../proto/index.ts'
import { cleanRecord } from '../../../testkit/clean-records.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import { createInstalledPartStore } from '../../engines/postgres/fleet/installed-part-store.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
import { createInstalledPartWorker } from './worker.ts'

const brokers = testEngines().kafkaBrokers
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'telemetry.clean')
let database: TestDatabase
let producer: RecordProducer

beforeAll(async () => {
  database = await createTestDatabase()
  producer = createProducer({ brokers, name: 'test', log })
  await ensureTopics({ brokers, namespace })
})
afterAll(async () => {
  await producer.close()
  await deleteTopics({ brokers, namespace })
  await database.drop()
})

const hour = 3_600_000
const startMs = Date.UTC(2026, 0, 1)

/** A track of two samples, an hour apart, that names a battery. */
function track(bikeId: string, hours: number, battery?: string): Track {
  return {
    ...{ bikeId, recorderId: randomUUID(), kind: 'battery', clock: { bootId: 1, clockEpoch: 1 } },
    timesMs: [startMs + hours * hour, startMs + (hours + 1) * hour],
    columns: [{ key: 'state_of_charge_pct', values: [500, 499] }],
    ...(battery !== undefined && { parts: [{ slot: 'battery', serialNumber: battery }] }),
  }
}

async function runDry(group: string): Promise<void> {
  const stop = new AbortController()
  const limits = { maxRecords: 3, maxBytes: 1024 * 1024 }
  const consumer = createBatchConsumer({
    brokers,
    group: groupName(namespace, group),
    topics: [topic],
    limits,
    log,
  })
  const metrics = createWorkerMetrics('witness')
  const store = createInstalledPartStore(database.sql)
  const done = createInstalledPartWorker({ consumer, store, metrics, log }).run(stop.signal)
  const isDry = async () => {
    const lags = await consumer.lag()
    return lags.length >= 6 && lags.every(({ lag }) => lag === 0n)
  }
  await expect.poll(isDry, { interval: 50 }).toBe(true)
  stop.abort()
  await done
  await consumer.close()
}

const reported = () => database.sql`
  select bike_id, slot, serial_number, told_at from reported_parts order by bike_id, slot`

test('the newest word of each bike is kept, by the times of its clean samples; records read again change nothing', async () => {
  const [a, b, silent] = [randomUUID(), randomUUID(), randomUUID()]
  const send = (one: Track, options: Partial<Parameters<typeof cleanRecord>[0]> = {}) => ({
    topic,
    ...cleanRecord({ track: one, riderId: 'rider', ...options }),
  })
  await producer.send([
    send(track(a, 20, ' bt-２ ')),
    send(track(a, 10, 'BT-1')),
    // Its last sample is not believed, and its clock is an hour slow.
    send(track(b, 5, 'BT-3'), { samples: [{ first: 0, count: 1 }], clockOffsetMs: hour }),
    send(track(b, 4, 'BT-4')),
    send(track(silent, 5)),
    { topic, key: Buffer.from('x'), value: Buffer.from('no clean track') },
  ])
  await runDry('witness')
  const expected = [
    { bike_id: a, slot: 'battery', serial_number: 'BT-2', told_at: new Date(startMs + 21 * hour) },
    { bike_id: b, slot: 'battery', serial_number: 'BT-3', told_at: new Date(startMs + 6 * hour) },
  ].sort((one, other) => (one.bike_id < other.bike_id ? -1 : 1))
  expect(await reported()).toEqual(expected)
  await runDry('witness-again')
  expect(await reported()).toEqual(expected)
})
