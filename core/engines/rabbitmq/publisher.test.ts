import { EventEmitter } from 'node:events'
import type { ConfirmChannel } from 'amqplib'
import { expect, test } from 'vitest'
import type { OutgoingMessage } from './port.ts'
import { publishOver } from './publisher.ts'

interface Published {
  readonly exchange: string
  readonly routingKey: string
  readonly properties: { readonly messageId: string; readonly expiration?: number }
  /** As the broker: confirms, or refuses with an error. */
  readonly answer: (refusal?: Error) => void
}

/** A broker that answers what and when a test says, on a new channel after each loss. */
function fakeBroker() {
  const channels: EventEmitter[] = []
  const published: Published[] = []
  const confirmChannel = async () => {
    const channel = Object.assign(new EventEmitter(), {
      publish: (...asked: [string, string, Buffer, Published['properties'], Published['answer']]) => {
        const [exchange, routingKey, , properties, answer] = asked
        published.push({ exchange, routingKey, properties, answer })
      },
    })
    channels.push(channel)
    return channel as unknown as ConfirmChannel
  }
  const publisher = publishOver({ confirmChannel, trouble: () => undefined, close: async () => undefined })
  const arrived = (count: number) => expect.poll(() => published.length).toBe(count)
  return { publisher, channels, published, arrived }
}

const message = (routingKey: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  routingKey,
  body: new Uint8Array([1]),
  ...more,
})

test('each message has its own outcome, in the order of the call, whatever the order of the answers', async () => {
  const { publisher, channels, published, arrived } = fakeBroker()
  const outcomes = publisher.publish(['a', 'b', 'c'].map((key) => message(key)))
  await arrived(3)
  channels[0]?.emit('return', { properties: { messageId: published[1]?.properties.messageId } })
  published[2]?.answer(new Error('the queue is full'))
  published[1]?.answer()
  published[0]?.answer()
  expect(await outcomes).toEqual(['stored', 'unroutable', 'refused'])
})

test('a message goes to the devices’ exchange unless another is named, and expires at once at the earliest', async () => {
  const { publisher, published, arrived } = fakeBroker()
  const outcomes = publisher.publish([
    message('a'),
    message('b', { exchange: '', expiresInMs: -5 }),
    message('c', { expiresInMs: 7.9 }),
  ])
  await arrived(3)
  expect(published.map(({ exchange, properties: { expiration } }) => [exchange, expiration])).toEqual([
    ['amq.topic', undefined],
    ['', 0],
    ['amq.topic', 7],
  ])
  for (const { answer } of published) answer()
  await outcomes
})

test('no more than a thousand messages are on their way at a time', async () => {
  const { publisher, published, arrived } = fakeBroker()
  const outcomes = publisher.publish(Array.from({ length: 1_500 }, () => message('a')))
  await arrived(1_000)
  for (const { answer } of published.slice(1)) answer()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(published).toHaveLength(1_000)
  published[0]?.answer()
  await arrived(1_500)
  for (const { answer } of published.slice(1_000)) answer()
  expect(await outcomes).toHaveLength(1_500)
})

test('a lost channel rejects what is on its way, and the next call opens another one', async () => {
  const { publisher, channels, published, arrived } = fakeBroker()
  const lost = publisher.publish([message('a')])
  await arrived(1)
  channels[0]?.emit('close')
  published[0]?.answer(new Error('channel ended'))
  await expect(lost).rejects.toThrow('the channel was closed')
  const next = publisher.publish([message('b')])
  await arrived(2)
  published[1]?.answer()
  expect([await next, channels.length]).toEqual([['stored'], 2])
})
