import { setImmediate } from 'node:timers/promises'
import pino from 'pino'
import { expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { topicName } from '../../topics.ts'
import { createProducer, deleteTopics, ensureTopics } from './index.ts'
import { joinGroup } from './membership.ts'

const log = pino({ level: 'silent' })
const brokers = testEngines().kafkaBrokers

test('while a batch counts as current, the member is the one that fetched it', async () => {
  const namespace = uniqueNamespace()
  const topic = topicName(namespace, 'telemetry.raw')
  await ensureTopics({ brokers, namespace })
  const producer = createProducer({ brokers, name: 'test', log })
  await producer.send([{ topic, key: Buffer.from('key'), value: Buffer.from('value') }])
  const limits = { maxRecords: 100, maxBytes: 1024 * 1024 }
  const options = { brokers, name: 'test', group: namespace, topics: [topic], limits, log }
  const first = await joinGroup(options)
  const batch = await first.next(new AbortController().signal)
  if (batch === undefined) throw new Error('no batch')
  const member = first.member()
  const joining = joinGroup(options)
  while (first.isCurrent(batch)) {
    expect(first.member()).toEqual(member)
    await setImmediate()
  }
  expect(first.member().generationId).toBe(member.generationId + 1)
  await (await joining).close()
  await first.close()
  await producer.close()
  await deleteTopics({ brokers, namespace })
})
