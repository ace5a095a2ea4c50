import { EventEmitter } from 'node:events'
import type { Channel, ConsumeMessage } from 'amqplib'
import { expect, test } from 'vitest'
import { countWithin, subscribe, toMessage } from './subscription.ts'

const delivery = (bytes: number, headers: object = {}) => ({
  queue: 'telemetry.ride',
  raw: {
    fields: { routingKey: 'bikes.b.telemetry.ride' },
    properties: { headers },
    content: Buffer.alloc(bytes),
  } as unknown as ConsumeMessage,
})

test.each([
  ['all that is at hand', [10, 10], 2],
  ['no more than the limit of messages', [1, 1, 1, 1], 3],
  ['no more than the limit of bytes', [60, 40, 1], 2],
  ['one, however large', [500, 1], 1],
  ['none when none is at hand', [], 0],
])('a batch has %s', (_, sizes, count) => {
  const arrived = sizes.map((bytes) => delivery(bytes))
  expect(countWithin(arrived, { maxMessages: 3, maxBytes: 100 })).toBe(count)
})

test.each([
  ['a first delivery without a time', {}, { deliveries: 0, timestampMs: undefined }],
  ['a third delivery', { 'x-delivery-count': 2 }, { deliveries: 2 }],
  ['an event of the broker', { timestamp_in_ms: 1_700_000_000_123 }, { timestampMs: 1_700_000_000_123 }],
])('%s', (_, headers, expected) => {
  expect(toMessage(delivery(1, headers))).toMatchObject(expected)
})

const never = new AbortController().signal
const options = { queues: ['telemetry.ride', 'telemetry.fault'], limits: { maxMessages: 3, maxBytes: 100 } }

/** A channel that hands out what a test says, and notes what is asked of it. */
function fakeChannel() {
  const consumers = new Map<string, (raw: ConsumeMessage | null) => void>()
  const asked: unknown[] = []
  const channel = Object.assign(new EventEmitter(), {
    prefetch: async (count: number) => void asked.push(['prefetch', count]),
    consume: async (queue: string, take: (raw: ConsumeMessage | null) => void) =>
      void consumers.set(queue, take),
    ack: (raw: ConsumeMessage, allUpTo: boolean) => void asked.push(['ack', raw.content.length, allUpTo]),
    close: async () => void asked.push(['close']),
  })
  const deliver = (queue: string, bytes: number | null) =>
    consumers.get(queue)?.(bytes === null ? null : delivery(bytes).raw)
  return { channel: channel as unknown as Channel, emitter: channel, asked, deliver }
}

test('the broker hands out two batches of messages at most, before any is acknowledged', async () => {
  const { channel, asked } = fakeChannel()
  await subscribe(channel, options)
  expect(asked).toEqual([['prefetch', 6]])
})

test('a batch is acknowledged up to its last message, across queues, and counts until then', async () => {
  const { channel, asked, deliver } = fakeChannel()
  const subscription = await subscribe(channel, options)
  for (const [queue, bytes] of [
    ['ride', 1],
    ['fault', 2],
    ['ride', 3],
    ['ride', 4],
  ] as const)
    deliver(`telemetry.${queue}`, bytes)
  const first = await subscription.next(never)
  expect(first?.messages.map(({ queue, body }) => [queue, body.length])).toEqual([
    ['telemetry.ride', 1],
    ['telemetry.fault', 2],
    ['telemetry.ride', 3],
  ])
  expect(subscription.unacknowledged()).toBe(4)
  if (first !== undefined) subscription.acknowledge(first)
  expect(asked.at(-1)).toEqual(['ack', 3, true])
  expect(subscription.unacknowledged()).toBe(1)
  expect((await subscription.next(never))?.messages).toHaveLength(1)
})

test('who waits gets what comes next, or nothing after an abort', async () => {
  const { channel, deliver } = fakeChannel()
  const subscription = await subscribe(channel, options)
  const waiting = subscription.next(never)
  deliver('telemetry.ride', 5)
  expect((await waiting)?.messages).toHaveLength(1)
  const stop = new AbortController()
  const ending = subscription.next(stop.signal)
  stop.abort()
  expect(await ending).toBeUndefined()
})

test.each([
  ['a channel that fails', 'connection reset'],
  ['a channel that is closed', 'the channel was closed'],
  ['a queue that is deleted', 'queue telemetry.ride is gone'],
])('%s takes its batches back, and what waits rejects', async (_, reason) => {
  const { channel, emitter, asked, deliver } = fakeChannel()
  const subscription = await subscribe(channel, options)
  const waiting = subscription.next(never)
  if (reason.startsWith('connection')) emitter.emit('error', new Error(reason))
  else if (reason.startsWith('queue')) deliver('telemetry.ride', null)
  else emitter.emit('close')
  await expect(waiting).rejects.toThrow(reason)
  expect(subscription.isCurrent()).toBe(false)
  await subscription.close()
  expect(asked, 'a lost channel is not closed again').not.toContainEqual(['close'])
})
