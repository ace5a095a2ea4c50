import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Admin, ConfigResourceTypes, Producer } from '@platformatic/kafka'
import pino from 'pino'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startKafkaProxy } from '../../../testkit/cuttable-proxy.ts'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { type Topic, type TopicLayout, topicLayouts, topicName } from '../../topics.ts'
import { clientOptions } from './client.ts'
import { createBatchConsumer } from './consumer.ts'
import type { KafkaRecord, OutgoingRecord, RecordProducer } from './port.ts'
import { createProducer, toMessage } from './producer.ts'
import { readTopic } from './read-topic.ts'
import type { NextOffset } from './record-buffer.ts'
import { rewindGroups } from './rewind-groups.ts'
import { deleteRetiredTopics, deleteTopics, ensureTopics } from './topics.ts'
import { createTransactionalConsumer } from './transactional.ts'
import { createTransactions, TransactionFailed } from './transactions.ts'

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const brokers = testEngines().kafkaBrokers
const limits = { maxRecords: 100, maxBytes: 1024 * 1024 }
const fixture = fileURLToPath(new URL('doomed-consumer.fixture.ts', import.meta.url))

const namespaces: string[] = []
let producer: RecordProducer
beforeAll(() => {
  producer = createProducer({ brokers, name: 'test', log })
})
afterAll(async () => {
  await producer.close()
  for (const namespace of namespaces) await deleteTopics({ brokers, namespace })
})

/** Topics of its own for a test. */
async function setUp() {
  const namespace = uniqueNamespace()
  namespaces.push(namespace)
  await ensureTopics({ brokers, namespace })
  return {
    group: `${namespace}.group`,
    from: topicName(namespace, 'telemetry.raw'),
    to: topicName(namespace, 'telemetry.clean'),
  }
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const valuesOf = (records: readonly KafkaRecord[]) => records.map(({ value }) => Number(value))
const inOrder = (values: readonly number[]) => values.toSorted((a, b) => a - b)

const outgoing = (topic: string, n: number) => ({
  topic,
  key: Buffer.from(`key ${n % 10}`),
  value: Buffer.from(String(n)),
})

async function write(topic: string, values: readonly number[]): Promise<void> {
  await producer.send(values.map((n) => outgoing(topic, n)))
}

async function readAll(topic: string, isolation: 'committed' | 'uncommitted' = 'committed') {
  const records: KafkaRecord[] = []
  for await (const record of readTopic({ brokers, topic, isolation })) records.push(record)
  return valuesOf(records)
}

interface Consuming {
  brokers?: string[]
  from: string
  group: string
  until: (seen: readonly number[]) => boolean
  handle?: (values: readonly number[]) => void
}

/** Consumes until told enough, and returns what was handled. */
async function consume({ from, group, until, handle, brokers: at = brokers }: Consuming): Promise<number[]> {
  const seen: number[] = []
  const stop = new AbortController()
  const consumer = createBatchConsumer({ brokers: at, group, topics: [from], limits, log })
  await consumer.run(async (batch) => {
    const values = valuesOf(batch)
    handle?.(values)
    seen.push(...values)
    if (until(seen)) stop.abort()
  }, stop.signal)
  await consumer.close()
  return seen
}

/** A transaction that is announced to all partitions, writes these records and is aborted. */
async function abortedAfter(
  transactionalId: string,
  topic: string,
  records: readonly OutgoingRecord[],
): Promise<void> {
  const client = { ...clientOptions({ brokers, name: 'aborted' }), retries: 100 }
  const options = { transactionalId, idempotent: true, producerId: -1n, producerEpoch: -1 }
  const writer = new Producer({ ...client, ...options })
  const transaction = await writer.beginTransaction()
  const metadata = await writer.metadata({ topics: [topic] })
  const everywhere = numbers(0, 6).map((partition) => ({ topic, partition, value: Buffer.alloc(0) }))
  await transaction.addPartitions(metadata, everywhere)
  if (records.length > 0) await transaction.send({ messages: records.map(toMessage) })
  await transaction.abort()
  await writer.close()
}

/** Runs the fixture until it has handled so many batches, then kills it without warning. */
async function runDoomed(
  order: { group: string; from: string; to?: string },
  batches: number,
): Promise<number[]> {
  const child = spawn(process.execPath, [fixture, JSON.stringify({ brokers, ...order })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seen: number[] = []
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(...line.split(' ').map(Number))
    // Anywhere from within the batch to within its transaction.
    if (++lines === batches) setTimeout(() => child.kill('SIGKILL'), Math.random() * 50)
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return seen
}

describe.concurrent('batch consumer', () => {
  test('what was written is handled once, in the order of its partition', async ({ expect }) => {
    const { from, group } = await setUp()
    await write(from, numbers(0, 1000))
    const seen = await consume({ from, group, until: ({ length }) => length >= 1000 })
    expect(inOrder(seen)).toEqual(numbers(0, 1000))
    for (const ofKey of Map.groupBy(seen, (n) => n % 10).values()) expect(ofKey).toEqual(inOrder(ofKey))
  })

  test('a new consumer goes on where the former has committed', async ({ expect }) => {
    const { from, group } = await setUp()
    await write(from, numbers(0, 300))
    const first = await consume({ from, group, until: ({ length }) => length >= 150 })
    await write(from, numbers(300, 100))
    const second = await consume({ from, group, until: ({ length }) => first.length + length >= 400 })
    expect(inOrder([...first, ...second])).toEqual(numbers(0, 400))
  })

  test('a rejected batch is handed over again', async ({ expect }) => {
    const { from, group } = await setUp()
    await write(from, numbers(0, 50))
    const attempts: string[] = []
    const seen = await consume({
      from,
      group,
      until: ({ length }) => length >= 50,
      handle(values) {
        attempts.push(values.join())
        if (attempts.length <= 2) throw new Error('an engine is away')
      },
    })
    expect(attempts[1]).toBe(attempts[0])
    expect(attempts[2]).toBe(attempts[0])
    expect(inOrder(seen)).toEqual(numbers(0, 50))
  })

  test('a group that is set back reads again what came since, and cannot be set back while it reads', async ({
    expect,
  }) => {
    const { from, group } = await setUp()
    await write(from, numbers(0, 10))
    await delay(10)
    const atMs = Date.now()
    await write(from, numbers(10, 10))
    await consume({ from, group, until: ({ length }) => length >= 20 })
    const back = { readers: [{ group, topics: [from] }], atMs }
    await rewindGroups({ brokers }, back)
    const again: number[] = []
    const stop = new AbortController()
    const consumer = createBatchConsumer({ brokers, group, topics: [from], limits, log })
    await consumer.run(async (batch) => {
      await expect(rewindGroups({ brokers }, back)).rejects.toThrow()
      again.push(...valuesOf(batch))
      if (again.length >= 10) stop.abort()
    }, stop.signal)
    await consumer.close()
    expect(inOrder(again)).toEqual(numbers(10, 10))
  })

  test('of transactions only committed ones are handled, and no lag stays behind aborted ones', async ({
    expect,
  }) => {
    const { from, group } = await setUp()
    const next: NextOffset[] = []
    const member = { groupId: `${group}.writer`, memberId: '', generationId: -1, coordinatorId: 1 }
    const transactions = createTransactions({ brokers, transactionalId: group, log })
    await transactions.init()
    const send = (n: number, holds: boolean) =>
      transactions.write({ records: [outgoing(from, n)], next, member, stillHolds: async () => holds })
    const stop = new AbortController()
    const consumer = createBatchConsumer({ brokers, group, topics: [from], limits, log })
    const seen: number[] = []
    const running = consumer.run(async (batch) => {
      seen.push(...valuesOf(batch))
    }, stop.signal)
    for (const n of numbers(0, 10)) await send(n, n % 3 === 0)
    for (const n of numbers(10, 10)) await send(n, false)
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(4)
    const lag = async () => (await consumer.lag()).map((partition) => Number(partition.lag))
    await expect.poll(async () => Math.max(...(await lag()))).toBe(0)
    expect(inOrder(seen)).toEqual([0, 3, 6, 9])
    stop.abort()
    await running
    await consumer.close()
    await transactions.close()
  })

  test('an abort that wrote nothing hides no committed record before it', async ({ expect }) => {
    const { from, group } = await setUp()
    // Each in the life of a writer of its own, as when one is killed after the other.
    await abortedAfter(group, from, [outgoing(from, 1)])
    const transactions = createTransactions({ brokers, transactionalId: group, log })
    await transactions.init()
    await transactions.write({ records: numbers(10, 10).map((n) => outgoing(from, n)) })
    await transactions.close()
    await abortedAfter(group, from, [])
    expect(inOrder(await readAll(from))).toEqual(numbers(10, 10))
    const seen = await consume({ from, group, until: ({ length }) => length >= 10 })
    expect(inOrder(seen)).toEqual(numbers(10, 10))
  })

  test('what a consumer does not finish grows old and stays in flight until it is committed', async ({
    expect,
  }) => {
    const { from, group } = await setUp()
    const stop = new AbortController()
    const consumer = createBatchConsumer({ brokers, group, topics: [from], limits, log })
    const finished = Promise.withResolvers<void>()
    const running = consumer.run(() => finished.promise, stop.signal)
    await producer.send(numbers(0, 10).map((n) => outgoing(from, n)))
    const ages = async () => (await consumer.lag()).map(({ ageSeconds = 0 }) => ageSeconds)
    await expect.poll(consumer.inFlight).toBe(10)
    const before = Math.max(...(await ages()))
    await expect.poll(async () => Math.max(...(await ages()))).toBeGreaterThan(before)
    finished.resolve()
    await expect.poll(consumer.inFlight).toBe(0)
    await expect.poll(async () => new Set(await ages())).toEqual(new Set([0]))
    stop.abort()
    await running
    await consumer.close()
  })

  test('a handler that never ends is told as trouble', async ({ expect }) => {
    const { from, group } = await setUp()
    await write(from, [1])
    const stop = new AbortController()
    const consumer = createBatchConsumer({ brokers, group, topics: [from], limits, log, longBatchMs: 1_000 })
    const { promise: hanging, resolve: release } = Promise.withResolvers<void>()
    const running = consumer.run(() => hanging, stop.signal)
    await expect.poll(consumer.trouble).toMatch(/^a batch is at hand for \d+ s$/)
    stop.abort()
    release()
    await running
    expect(consumer.trouble()).toBeUndefined()
    await consumer.close()
  })

  test('two consumers share the partitions, and one takes over what the other leaves', async ({ expect }) => {
    const { from, group } = await setUp()
    const seen: number[] = []
    const partitions = [new Set<number>(), new Set<number>()]
    const stops = [new AbortController(), new AbortController()]
    const runs = stops.map(async (stop, index) => {
      const consumer = createBatchConsumer({ brokers, group, topics: [from], limits, log })
      await consumer.run(async (batch) => {
        seen.push(...valuesOf(batch))
        for (const { partition } of batch) partitions[index]?.add(partition)
      }, stop.signal)
      await consumer.close()
    })
    let next = 0
    const writeSome = () => {
      next += 100
      return write(from, numbers(next - 100, 100))
    }
    const bothWork = async () => {
      await writeSome()
      return partitions.every(({ size }) => size > 0)
    }
    await expect.poll(bothWork, { interval: 200 }).toBe(true)
    stops[0]?.abort()
    await runs[0]
    await writeSome()
    await expect.poll(() => new Set(seen).size).toBe(next)
    stops[1]?.abort()
    await runs[1]
  })

  test('a consumer killed within a batch loses nothing', async ({ expect }) => {
    const { from, group } = await setUp()
    await write(from, numbers(0, 500))
    const before = await runDoomed({ group, from }, 5)
    const after = await consume({
      from,
      group,
      until: (seen) => new Set([...before, ...seen]).size >= 500,
    })
    expect(after.length).toBeGreaterThanOrEqual(500 - before.length)
    expect(after.length).toBeLessThan(500)
  })

  test('without Kafka a consumer waits, says why, and goes on when it is back', async ({ expect }) => {
    const { from, group } = await setUp()
    const proxy = await startKafkaProxy(brokers[0] as string)
    const stop = new AbortController()
    const seen: number[] = []
    const consumer = createBatchConsumer({ brokers: [proxy.broker], group, topics: [from], limits, log })
    await proxy.cut()
    const running = consumer.run(async (batch) => {
      seen.push(...valuesOf(batch))
    }, stop.signal)
    await expect.poll(() => consumer.trouble()).toMatch(/^Kafka: /)
    for (const round of [0, 1]) {
      await proxy.mend()
      await expect.poll(() => consumer.trouble()).toBeUndefined()
      await write(from, numbers(round * 100, 100))
      await expect.poll(() => new Set(seen).size).toBe((round + 1) * 100)
      await proxy.cut()
      await expect.poll(() => consumer.trouble()).toMatch(/^Kafka: /)
    }
    stop.abort()
    await running
    await consumer.close()
    await proxy.close()
  })
})

describe.concurrent('transactional consumer', () => {
  test('records and offsets are written together; a transaction that does not hold any more leaves nothing', async ({
    expect,
  }) => {
    const { from, to, group } = await setUp()
    await write(from, numbers(0, 500))
    const stop = new AbortController()
    const consumer = createTransactionalConsumer({
      brokers,
      group,
      topics: [from],
      limits,
      log,
      transactionalId: group,
    })
    let seen = 0
    let handovers = 0
    await consumer.run(async (batch) => {
      const holds = handovers++ % 2 === 1
      if (holds) seen += batch.length
      if (seen >= 500) stop.abort()
      const records = batch.map(({ key, value }) => ({
        topic: to,
        key: key as Buffer,
        value: value as Buffer,
      }))
      return { records, stillHolds: async () => holds }
    }, stop.signal)
    await consumer.close()
    expect(inOrder(await readAll(to))).toEqual(numbers(0, 500))
    expect((await readAll(to, 'uncommitted')).length).toBe(1000)
    const rest = createBatchConsumer({ brokers, group, topics: [from], limits, log })
    const isDry = new AbortController()
    const running = rest.run(async () => undefined, isDry.signal)
    await expect.poll(async () => (await rest.lag()).length).toBeGreaterThan(0)
    expect((await rest.lag()).every(({ lag }) => lag === 0n)).toBe(true)
    isDry.abort()
    await running
    await rest.close()
  })

  test('decisions that are always outdated are repeated after growing pauses, and said to be trouble', async ({
    expect,
  }) => {
    const { from, to, group } = await setUp()
    await write(from, numbers(0, 10))
    const stop = new AbortController()
    const transactionalId = group
    const consumer = createTransactionalConsumer({
      brokers,
      group,
      topics: [from],
      limits,
      log,
      transactionalId,
    })
    let holds = false
    let decisions = 0
    const running = consumer.run(async (batch) => {
      decisions++
      return { records: batch.map(({ value }) => outgoing(to, Number(value))), stillHolds: async () => holds }
    }, stop.signal)
    await expect.poll(() => consumer.trouble()).toMatch(/outdated/)
    decisions = 0
    await delay(1_500)
    expect(decisions).toBeGreaterThan(0)
    expect(decisions).toBeLessThan(12)
    expect(consumer.trouble()).toMatch(/outdated/)
    holds = true
    await expect.poll(() => consumer.trouble()).toBeUndefined()
    await expect.poll(() => readAll(to).then(inOrder)).toEqual(numbers(0, 10))
    stop.abort()
    await running
    await consumer.close()
  })

  test('a commit that is not answered in time is not tried again, and decided before more is read', async ({
    expect,
  }) => {
    const { from, to, group } = await setUp()
    await write(from, numbers(0, 300))
    const stop = new AbortController()
    const transactionalId = group
    const consumer = createTransactionalConsumer({
      brokers,
      group,
      topics: [from],
      limits,
      log,
      transactionalId,
    })
    let soon = true
    const running = consumer.run(async (batch) => {
      const records = batch.map(({ value }) => outgoing(to, Number(value)))
      return soon ? { records, commitWithinMs: 1 } : { records }
    }, stop.signal)
    await expect
      .poll(() => consumer.trouble(), { interval: 10 })
      .toMatch(/a transaction failed: committing a transaction took longer/)
    soon = false
    await expect.poll(async () => (await readAll(to)).length).toBeGreaterThanOrEqual(300)
    stop.abort()
    await running
    await consumer.close()
    expect(inOrder(await readAll(to))).toEqual(numbers(0, 300))
  })

  test('a commit that did not reach Kafka in time is not sent later', async ({ expect }) => {
    const { from, to, group } = await setUp()
    const proxy = await startKafkaProxy(brokers[0] as string)
    const work = { records: [outgoing(to, 1)], next: [{ topic: from, partition: 0, offset: 1n }] }
    const member = { groupId: group, memberId: '', generationId: -1, coordinatorId: 1 }
    const slow = createTransactions({ brokers: [proxy.broker], transactionalId: group, log })
    await slow.init()
    const stillHolds = () => proxy.cut().then(() => true)
    await expect(slow.write({ ...work, member, stillHolds, commitWithinMs: 300 })).rejects.toThrow(
      TransactionFailed,
    )
    await proxy.mend()
    await delay(1_500)
    const next = createTransactions({ brokers, transactionalId: group, log })
    await next.init()
    expect(await readAll(to)).toEqual([])
    expect(await readAll(to, 'uncommitted')).toEqual([1])
    await next.close()
    await proxy.close()
  })

  test('a writer killed at any moment loses nothing and writes nothing twice', async ({ expect }) => {
    const { from, to, group } = await setUp()
    await write(from, numbers(0, 500))
    await runDoomed({ group, from, to }, 3)
    await runDoomed({ group, from, to }, 2)
    const stop = new AbortController()
    const consumer = createTransactionalConsumer({
      brokers,
      group,
      topics: [from],
      limits,
      log,
      transactionalId: group,
    })
    const running = consumer.run(async (batch) => {
      return {
        records: batch.map(({ key, value }) => ({ topic: to, key: key as Buffer, value: value as Buffer })),
      }
    }, stop.signal)
    await expect.poll(async () => new Set(await readAll(to)).size, { interval: 200 }).toBe(500)
    stop.abort()
    await running
    await consumer.close()
    expect(inOrder(await readAll(to))).toEqual(numbers(0, 500))
  })
})

test('the broker keeps topics as their layout says, those of former versions too', async ({ expect }) => {
  const namespace = uniqueNamespace()
  const admin = new Admin(clientOptions({ brokers, name: 'older' }))
  const older = ['manufacturing.events', 'telemetry.raw', 'bike.entity'] as const
  const retired = topicName(namespace, 'analytics.telemetry')
  try {
    const topics = [...older.map((topic) => topicName(namespace, topic)), retired]
    await admin.createTopics({ topics, partitions: 1 })
    const created = await ensureTopics({ brokers, namespace })
    expect(created).toHaveLength(Object.keys(topicLayouts).length - older.length)
    const settingsOf = async (topic: Topic) => {
      const resources = [
        { resourceType: ConfigResourceTypes.TOPIC, resourceName: topicName(namespace, topic) },
      ]
      const [described] = await admin.describeConfigs({ resources })
      return Object.fromEntries((described?.configs ?? []).map(({ name, value }) => [name, value]))
    }
    await expect
      .poll(() => settingsOf('manufacturing.events'))
      .toMatchObject({ 'message.timestamp.type': 'LogAppendTime' })
    for (const [topic, { config }] of Object.entries(topicLayouts) as [Topic, TopicLayout][]) {
      const settings = await settingsOf(topic)
      if (!older.some((one) => one === topic)) expect(settings).toMatchObject(config)
      // A record is gone when its whole segment is: "three days" with segments of seven are ten.
      const keptMs = Number(config['retention.ms'])
      if (keptMs > 0) expect(Number(settings['segment.ms']), topic).toBeLessThanOrEqual(keptMs / 24)
    }
    expect(await settingsOf('bike.entity')).toMatchObject({ 'max.compaction.lag.ms': '604800000' })
    expect(await deleteRetiredTopics({ brokers, namespace })).toEqual([retired])
    expect(await deleteRetiredTopics({ brokers, namespace })).toEqual([])
  } finally {
    await admin.close()
    await deleteTopics({ brokers, namespace })
  }
})
