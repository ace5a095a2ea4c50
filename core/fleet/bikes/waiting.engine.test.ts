// Telemetry that waits for its bike, through the real processes: fleet's publication, bikes, normalize, quarantine.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidBytes, uuidText, uuidV7Bytes } from '../../../proto/codec/ids.ts'
import { CleanTrackSchema, RawTrackSchema, writeTrack } from '../../../proto/index.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { type ServiceProcess, startServiceProcess } from '../../../testkit/service-process.ts'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLog } from '../../runtime/service.ts'
import type { ServiceName } from '../../services.ts'
import { topicName } from '../../topics.ts'
import { registerBikes } from '../registry/stores.ts'
import type { PublishOrder } from '../testing/publish.ts'

const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const riderId = 'anna'
const producedAt = new Date('2026-01-01T00:00:00Z')
const receivedAtMs = Date.UTC(2026, 4, 1)
const workers = new Map<string, ServiceProcess>()
let database: TestDatabase
let sql: Sql
let producer: RecordProducer
let stopPublication: () => Promise<void>

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  await ensureTopics({ brokers, namespace })
  producer = createProducer({ brokers, name: 'test', log: createLog('test', 'silent') })
  stopPublication = startPublication()
  await Promise.all((['bikes', 'normalize', 'quarantine'] as const).map(start))
})
afterAll(async () => {
  await Promise.all([...workers.values()].map((worker) => worker.end('SIGTERM')))
  await stopPublication()
  await producer.close()
  await deleteTopics({ brokers, namespace })
  await database.drop()
})

function startPublication(): () => Promise<void> {
  const topic = topicName(namespace, 'bike.entity')
  const order: PublishOrder = { brokers, databaseUrl: database.url, topic }
  const program = fileURLToPath(new URL('../testing/publish.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: 'ignore' })
  const gone = once(child, 'exit')
  return async () => {
    child.kill('SIGKILL')
    await gone
  }
}

async function start(name: ServiceName): Promise<void> {
  const env = { NAMESPACE: namespace, KAFKA_BROKERS: brokers.join(), DATABASE_URL: database.url }
  workers.set(name, await startServiceProcess(name, { LOG_LEVEL: 'info', ...env, PORT: '0' }))
}

async function killAndRestart(name: ServiceName): Promise<void> {
  await workers.get(name)?.end('SIGKILL')
  await start(name)
}

const register = (bikeId: string) => registerBikes(sql, [{ bikeId, riderId, producedAt }])

/** Sends so many tracks of a bike, received one after the other, and returns their ids. */
async function send(bikeId: string, count: number): Promise<string[]> {
  const recorderId = randomUUID()
  const raws = Array.from({ length: count }, (_, n) => {
    const atMs = receivedAtMs + n * 60_000
    const clock = { bootId: 1, clockEpoch: 1 }
    const columns = [{ key: 'motor_power_w' as const, values: [n] }]
    const track = writeTrack({ bikeId, recorderId, kind: 'motor', clock, timesMs: [atMs - 1_000], columns })
    return create(RawTrackSchema, {
      ...{ trackId: uuidV7Bytes(), uploadId: uuidV7Bytes(), sender: riderId, track, samples: 1 },
      receivedAtMs: BigInt(atMs),
    })
  })
  const topic = topicName(namespace, 'telemetry.raw')
  const key = uuidBytes(bikeId)
  await producer.send(raws.map((raw) => ({ topic, key, value: toBinary(RawTrackSchema, raw) })))
  return raws.map(({ trackId }) => uuidText(trackId))
}

/** Ids of the tracks of these bikes that passed normalize, in the order of the topic. */
async function passed(bikeIds: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for await (const { key, value } of readTopic({ brokers, topic: topicName(namespace, 'telemetry.clean') })) {
    const { raw } = fromBinary(CleanTrackSchema, value as Buffer)
    if (bikeIds.includes(uuidText(key as Buffer))) ids.push(uuidText(raw?.trackId as Uint8Array))
  }
  return ids
}

async function waiting(bikeIds: readonly string[]): Promise<number> {
  return (
    await sql`select from quarantine where replayed_at is null and bike_id = any(${[...bikeIds]}::uuid[])`
  ).length
}

const patiently = { interval: 200 }

test('telemetry of an unregistered bike flows once it is registered, in the order of its receipt', async () => {
  const bikeId = randomUUID()
  const tracks = await send(bikeId, 120)
  await expect.poll(() => waiting([bikeId]), patiently).toBe(120)
  await register(bikeId)
  await expect.poll(async () => (await passed([bikeId])).length, patiently).toBe(120)
  expect(await passed([bikeId])).toEqual(tracks)
  expect(await waiting([bikeId])).toBe(0)
})

test('however bikes and their telemetry meet, and whoever is killed, nothing stays waiting', async () => {
  const bikeIds = Array.from({ length: 60 }, () => randomUUID())
  const tracks: string[] = []
  const sending = (async () => {
    for (const bikeId of [...bikeIds, ...bikeIds.toReversed()]) tracks.push(...(await send(bikeId, 5)))
  })()
  const registering = (async () => {
    for (const bikeId of bikeIds) {
      await register(bikeId)
      await delay(Math.random() * 40)
    }
  })()
  for (const name of ['quarantine', 'bikes', 'quarantine', 'bikes'] as const) await killAndRestart(name)
  await Promise.all([sending, registering])
  await expect.poll(async () => new Set(await passed(bikeIds)), patiently).toEqual(new Set(tracks))
  await expect.poll(() => waiting(bikeIds), patiently).toBe(0)
}, 300_000)
