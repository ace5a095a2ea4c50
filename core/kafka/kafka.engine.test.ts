import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../test/engines.ts'
import { topicName } from '../pipeline/topics.ts'
import {
  createBatchConsumer,
  createProducer,
  createTransactionalConsumer,
  deleteTopics,
  ensureTopics,
  type KafkaRecord,
  readTopic,
} from './index.ts'

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const namespace = uniqueNamespace()
const brokers = testEngines().kafkaBrokers
const raw = topicName(namespace, 'telemetry.raw')
const clean = topicName(namespace, 'telemetry.clean')
const limits = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 }

beforeAll(async () => {
  await ensureTopics({ brokers, namespace })
})
afterAll(() => deleteTopics({ brokers, namespace }))

const text = (value: Buffer | null) => value?.toString() ?? ''

async function collect(topic: string): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = []
  for await (const record of readTopic({ brokers, topic })) records.push(record)
  return records
}

test('everything written is read once and in order', async () => {
  const producer = createProducer({ brokers, name: 'test', log })
  const records = Array.from({ length: 1000 }, (_, i) => ({
    topic: raw,
    key: Buffer.from(`key ${i % 10}`),
    value: Buffer.from(String(i)),
  }))
  await producer.send(records)
  await producer.close()
  expect((await collect(raw)).length).toBe(1000)
  const seen: KafkaRecord[] = []
  const stop = new AbortController()
  const consumer = createBatchConsumer({ brokers, group: `${namespace}.once`, topics: [raw], limits, log })
  const start = performance.now()
  await consumer.run(async (batch) => {
    seen.push(...batch)
    if (seen.length >= 1000) stop.abort()
  }, stop.signal)
  log.info({ ms: performance.now() - start }, 'consumed')
  expect(new Set(seen.map(({ value }) => text(value))).size).toBe(1000)
  expect(seen.length).toBe(1000)
  const byPartition = Map.groupBy(seen, ({ partition }) => partition)
  for (const list of byPartition.values()) {
    const numbers = list.map(({ value }) => Number(text(value)))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
  await consumer.close()
})

test('transactions', async () => {
  const stop = new AbortController()
  const consumer = createTransactionalConsumer({
    brokers,
    group: `${namespace}.transactional`,
    topics: [raw],
    limits,
    log,
    transactionalId: `${namespace}.transactional`,
  })
  let seen = 0
  let late = true
  await consumer.run(async (batch) => {
    if (late) {
      late = false
      return {
        records: batch.map((record) => ({
          topic: clean,
          key: record.key as Buffer,
          value: Buffer.from('late'),
        })),
        commitBeforeMs: 1,
      }
    }
    seen += batch.length
    if (seen >= 1000) stop.abort()
    return {
      records: batch.map((record) => ({
        topic: clean,
        key: record.key as Buffer,
        value: record.value as Buffer,
      })),
    }
  }, stop.signal)
  await consumer.close()
  expect(seen).toBe(1000)
  const found = await collect(clean)
  expect(found.length).toBe(1000)
  expect(new Set(found.map(({ value }) => text(value))).size).toBe(1000)
})
