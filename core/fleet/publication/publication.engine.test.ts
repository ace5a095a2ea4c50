// Master data → bike.entity, on the real Kafka and PostgreSQL: every change gets there, in order, whoever is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { uuidText } from '../../../proto/codec/ids.ts'
import { type BikeEntity, BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createBikeChanges } from '../../engines/postgres/fleet/bike-changes.ts'
import { republish } from '../../engines/postgres/fleet/republish.ts'
import { topicName } from '../../topics.ts'
import { registerBikes } from '../registry/stores.ts'
import type { PublishOrder } from '../testing/publish.ts'

type Bike = Parameters<typeof registerBikes>[1][number]

const brokers = testEngines().kafkaBrokers
const program = fileURLToPath(new URL('../testing/publish.ts', import.meta.url))
const producedAt = new Date('2025-01-01T00:00:00Z')
const namespaces: string[] = []
let database: TestDatabase
let sql: Sql

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
})
afterAll(async () => {
  for (const namespace of namespaces) await deleteTopics({ brokers, namespace })
  await database.drop()
})

async function newTopic(): Promise<string> {
  const namespace = uniqueNamespace()
  namespaces.push(namespace)
  await ensureTopics({ brokers, namespace })
  return topicName(namespace, 'bike.entity')
}

/** A publisher in a process of its own; `kill` resolves when it is gone. */
function startPublisher(topic: string) {
  const order: PublishOrder = { brokers, databaseUrl: database.url, topic }
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  onTestFinished(kill)
  return { child, kill }
}

/** By bike, in the order of the topic; the key is the bike's. */
async function publishedTo(topic: string): Promise<Map<string, BikeEntity[]>> {
  const entities: BikeEntity[] = []
  for await (const { key, value } of readTopic({ brokers, topic, awaitUndecided: true })) {
    const entity = fromBinary(BikeEntitySchema, value as Buffer)
    expect(uuidText(key as Buffer)).toBe(entity.bikeId)
    entities.push(entity)
  }
  return Map.groupBy(entities, ({ bikeId }) => bikeId)
}

const untilAllIsPublished = () =>
  expect.poll(async () => (await createBikeChanges(sql).backlog()).items, { interval: 50 }).toBe(0)

/** What the tables say. */
async function newestOfAll(): Promise<Map<string, { version: number; owner: string }>> {
  const rows = await sql<{ bikeId: string; version: number; owner: string }[]>`
    select bike_id as "bikeId", version::float8 as version, rider_id as owner
    from bike_changes join ownerships using (bike_id) where upper_inf(owned)`
  return new Map(rows.map(({ bikeId, ...row }) => [bikeId, row]))
}

test('publishers killed at any moment leave no change out and none out of order', async () => {
  const topic = await newTopic()
  const newBikes = async (count: number) => {
    const ids = Array.from({ length: count }, () => randomUUID())
    await registerBikes(
      sql,
      ids.map((bikeId) => ({ bikeId, riderId: 'owner 0', producedAt })),
    )
    return ids
  }
  // Some bikes change all the time, others once and never again: nothing would make up for that.
  const bikeIds = await newBikes(40)
  const changedOnce: string[] = []
  let isOver = false
  const selling = (async () => {
    for (let sale = 1; !isOver; sale++) {
      const ownedFrom = new Date(producedAt.getTime() + sale * 60_000)
      const some = bikeIds.filter((_, index) => (index + sale) % 3 === 0)
      await registerBikes(
        sql,
        some.map((bikeId) => ({ bikeId, riderId: `owner ${sale}`, producedAt, ownedFrom })),
      )
      changedOnce.push(...(await newBikes(5)))
      await delay(5)
    }
  })()
  const pair = [startPublisher(topic), startPublisher(topic)]
  for (let kills = 0; kills < 4; kills++) {
    // Whichever of the two leads, it is at work by its first line, or the other one is.
    const [first, second] = pair.map(({ child }) => once(child.stdout as NodeJS.EventEmitter, 'data'))
    await Promise.race([first, second])
    await delay(Math.random() * 60)
    const victim = pair.shift()
    await victim?.kill()
    pair.push(startPublisher(topic))
  }
  isOver = true
  await selling
  await untilAllIsPublished()
  const published = await publishedTo(topic)
  expect(changedOnce.filter((bikeId) => !published.has(bikeId))).toEqual([])
  const now = await newestOfAll()
  for (const bikeId of [...bikeIds, ...changedOnce]) {
    const entities = published.get(bikeId) ?? []
    const versions = entities.map(({ version }) => Number(version))
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    const { version, owner } = now.get(bikeId) ?? {}
    expect([versions.at(-1), entities.at(-1)?.ownerships.at(-1)?.riderId]).toEqual([version, owner])
  }
})

test('a bike that is too large for the topic keeps back no other', async () => {
  const [huge, ...others] = Array.from({ length: 11 }, () => ({
    ...{ bikeId: randomUUID(), riderId: 'anna', producedAt },
  })) as [Bike, ...Bike[]]
  await registerBikes(sql, [huge])
  await sql`
    insert into ownerships (bike_id, rider_id, owned)
    select ${huge.bikeId}, repeat('r', 200), tstzrange(at, at + interval '1 minute')
    from generate_series(timestamptz '2000-01-01', timestamptz '2000-01-05', interval '1 minute') as at`
  await registerBikes(sql, others)
  const topic = await newTopic()
  startPublisher(topic)
  await untilAllIsPublished()
  const published = await publishedTo(topic)
  expect(others.filter(({ bikeId }) => !published.has(bikeId))).toEqual([])
  expect(published.has(huge.bikeId)).toBe(false)
  await sql`delete from ownerships where rider_id like 'rrr%'`
  await untilAllIsPublished()
  expect((await publishedTo(topic)).has(huge.bikeId)).toBe(true)
})

test('a lost topic is written again from the tables, every bike as it is', async () => {
  await registerBikes(sql, [{ bikeId: randomUUID(), riderId: 'anna', producedAt }])
  const topic = await newTopic()
  startPublisher(topic)
  await untilAllIsPublished()
  const [count] = await sql<{ bikes: number }[]>`select count(*)::integer as bikes from bikes`
  expect(await republish(sql)).toBe(count?.bikes)
  await untilAllIsPublished()
  expect((await publishedTo(topic)).size).toBe(count?.bikes)
})
