import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTopic } from '../core/engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { topicName } from '../core/topics.ts'
import { testEngines, uniqueNamespace } from './engines.ts'
import { recordsIn } from './independent-reader.ts'

const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'telemetry.raw')
const other = topicName(namespace, 'telemetry.clean')

beforeAll(async () => {
  await ensureTopics({ brokers, namespace })
})
afterAll(() => deleteTopics({ brokers, namespace }))

/** A producer of transactions, all of whose records have one key. */
function openWriter(name: string) {
  const options = {
    transactionalId: `${namespace}-${name}`,
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
  }
  return new Producer({ clientId: name, bootstrapBrokers: brokers, retries: 100, ...options })
}

const message = (to: string, value: string) => ({
  topic: to,
  key: Buffer.from('key'),
  value: Buffer.from(value),
})
const valuesIn = async (of: { topic: string; withinMs?: number }) =>
  (await recordsIn({ brokers, ...of })).map(({ value }) => String(value))

test('of transactions that overlap, only what was committed is seen, in order', async () => {
  const writers = ['a', 'b', 'c'].map(openWriter)
  const [a, b, c] = writers as [Producer, Producer, Producer]
  const first = await a.beginTransaction()
  const second = await b.beginTransaction()
  const third = await c.beginTransaction()
  await first.send({ messages: [message(topic, 'a: aborted')] })
  await second.send({ messages: [message(topic, 'b: aborted')] })
  await third.send({ messages: [message(topic, 'c: committed')] })
  await first.send({ messages: [message(topic, 'a: aborted, too')] })
  await second.abort()
  await third.commit()
  await first.abort()
  const after = await a.beginTransaction()
  await after.send({ messages: [message(topic, 'a: committed after the abort')] })
  await after.commit()
  await Promise.all(writers.map((writer) => writer.close()))
  const seen = ['c: committed', 'a: committed after the abort']
  expect(await valuesIn({ topic })).toEqual(seen)
  // The platform's own client agrees.
  const ours: string[] = []
  for await (const { value } of readTopic({ brokers, topic })) ours.push(String(value))
  expect(ours).toEqual(seen)
})

test('an open transaction is waited for, and named when it does not end in time', async () => {
  const writer = openWriter('open')
  const transaction = await writer.beginTransaction()
  await transaction.send({ messages: [message(other, 'in the end committed')] })
  await expect(valuesIn({ topic: other, withinMs: 500 })).rejects.toThrow(
    /was not reached within 500 ms: partition \d is read up to 0 of 1; a transaction that began there is still open/,
  )
  const reading = valuesIn({ topic: other })
  await transaction.commit()
  expect(await reading).toEqual(['in the end committed'])
  await writer.close()
})
