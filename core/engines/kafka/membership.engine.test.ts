import { setImmediate } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import pino from 'pino'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startKafkaProxy } from '../../../testkit/cuttable-proxy.ts'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { topicName } from '../../topics.ts'
import { clientOptions } from './client.ts'
import { createCoordinator } from './coordinator.ts'
import { joinGroup, type Membership } from './membership.ts'
import type { RecordProducer } from './port.ts'
import { createProducer } from './producer.ts'
import { deleteTopics, ensureTopics } from './topics.ts'

const brokers = testEngines().kafkaBrokers
const never = new AbortController().signal
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'telemetry.raw')
const limits = { maxRecords: 100, maxBytes: 1024 * 1024 }

let admin: Admin
let producer: RecordProducer
beforeAll(async () => {
  admin = new Admin(clientOptions({ brokers, name: 'test' }))
  producer = createProducer({ brokers, name: 'test', log: pino({ level: 'silent' }) })
  await ensureTopics({ brokers, namespace })
})
afterAll(async () => {
  await Promise.all([admin.close(), producer.close()])
  await deleteTopics({ brokers, namespace })
})

/** A group of its own, and all that its members log. */
function newGroup({ via = brokers, of = topic }: { via?: readonly string[]; of?: string } = {}) {
  const lines: { msg: string }[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const group = `${namespace}.${uniqueNamespace()}`
  return {
    options: { brokers: via, name: 'test', group, topics: [of], limits, log },
    said: (msg: string) => lines.filter((line) => line.msg === msg).length,
    members: async () => [
      ...((await admin.describeGroups({ groups: [group] })).get(group)?.members.keys() ?? []),
    ],
  }
}

type Options = ReturnType<typeof newGroup>['options']

async function join(options: Options): Promise<Membership> {
  const membership = await joinGroup(options, never)
  onTestFinished(membership.close)
  return membership
}

const write = (to = topic) =>
  producer.send([{ topic: to, key: Buffer.from('key'), value: Buffer.from('value') }])

/** The next batch with records; others are committed. */
async function nextRecords(membership: Membership) {
  for (;;) {
    const batch = await membership.next(never)
    if (batch === undefined) throw new Error('no batch')
    if (batch.records.length > 0) return batch
    await membership.commit(batch)
  }
}

test('while a batch counts as current, the member is the one that fetched it', async () => {
  await write()
  const { options } = newGroup()
  const first = await join(options)
  const batch = await nextRecords(first)
  const member = first.member()
  const joining = join(options)
  while (first.isCurrent(batch)) {
    expect(first.member()).toEqual(member)
    await setImmediate()
  }
  expect(first.member().generationId).toBe(member.generationId + 1)
  await joining
})

test('who was put out of the group commits nothing, joins once, and gets the batch again', async () => {
  await write()
  const { options, said } = newGroup()
  const membership = await join(options)
  const outsider = createCoordinator({
    ...options,
    locate: async () => (await admin.metadata({})).brokers.get(coordinatorId),
  })
  const { coordinatorId, memberId, generationId } = membership.member()
  onTestFinished(outsider.close)
  const batch = await nextRecords(membership)
  await outsider.leave(memberId)
  const assigned = batch.next.map(({ topic: of, partition }) => ({ topic: of, partition }))
  await expect(outsider.commit(batch.next, { memberId, generationId })).rejects.toThrow()
  expect(await outsider.committed(assigned)).toEqual(new Map())
  await membership.commit(batch)
  expect(await nextRecords(membership)).toMatchObject({ next: batch.next, generation: 2 })
  expect(said('joined the group')).toBe(2)
})

test('members that commit while a third one joins share out once, not again and again', async () => {
  const { options, said } = newGroup()
  const first = await join(options)
  const second = await join(options)
  const joining = join(options)
  const busy = [first, second].map(async (member) => {
    while (member.member().generationId < 3) {
      await write()
      const batch = await member.next(AbortSignal.timeout(200))
      if (batch !== undefined) await member.commit(batch)
    }
  })
  await Promise.all([joining, ...busy])
  expect(said('joined the group')).toBe(1 + 2 + 3)
})

test('who gives up a join leaves at once, and delays nobody', async () => {
  const proxy = await startKafkaProxy(brokers[0] as string)
  onTestFinished(proxy.close)
  const { options, said, members } = newGroup()
  const dead = await join({ ...options, brokers: [proxy.broker] })
  // Counts as a member for its session's time yet, so that a join lasts as long.
  await proxy.cut()
  const stop = new AbortController()
  const joining = joinGroup(options, stop.signal)
  await expect.poll(async () => (await members()).length).toBe(2)
  stop.abort()
  await (await joining).close()
  expect(await members()).toEqual([dead.member().memberId])
  expect(said('the group was not told of the leave')).toBe(0)
})

test('connections that break off end no membership as long as the group still knows the member', async () => {
  const proxy = await startKafkaProxy(brokers[0] as string)
  onTestFinished(proxy.close)
  // A topic without the records of other tests: the batches are the two records that are written here.
  const alone = uniqueNamespace()
  await ensureTopics({ brokers, namespace: alone })
  onTestFinished(() => deleteTopics({ brokers, namespace: alone }))
  const own = topicName(alone, 'telemetry.raw')
  const { options, said } = newGroup({ via: [proxy.broker], of: own })
  const membership = await join(options)
  await write(own)
  await membership.commit(await nextRecords(membership))
  const member = membership.member()
  await proxy.cut()
  await expect.poll(membership.trouble).toMatch(/^Kafka: /)
  await proxy.mend()
  await write(own)
  expect((await nextRecords(membership)).records).toHaveLength(1)
  expect(membership.trouble()).toBeUndefined()
  expect(membership.member()).toEqual(member)
  expect(said('joined the group')).toBe(1)
})
