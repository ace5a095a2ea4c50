import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../../testkit/broker.ts'
import { createBrokerAdmin } from './admin.ts'
import { createQueueConsumer } from './consumer.ts'
import { createManagement, virtualHost } from './management.ts'
import type { MessagePublisher } from './port.ts'
import { deliveryLimit, provisionBroker } from './provision.ts'
import { createPublisher } from './publisher.ts'
import { readQueues, silent, takeAndDie } from './testing/read-queue.ts'
import { commandsKey, queues, telemetryKey } from './topology.ts'

const patience = { interval: 100 }
const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const rideKey = telemetryKey(bikeId, 'ride')

let broker: TestBroker
let publisher: MessagePublisher

beforeAll(async () => {
  broker = await startBroker()
  publisher = createPublisher({ url: broker.amqpUrl, name: 'test', log: silent })
})
afterAll(async () => {
  await publisher?.close()
  await broker?.stop()
})
beforeEach(async () => {
  const management = createManagement(broker)
  for (const queue of Object.values(queues))
    await management.ask({ method: 'DELETE', path: `queues/${virtualHost}/${queue}/contents` })
})

const numbered = (count: number, routingKey = rideKey) =>
  Array.from({ length: count }, (_, index) => ({ routingKey, body: Buffer.from(String(index)) }))
const bodies = (messages: readonly { body: Buffer }[]) => messages.map(({ body }) => body.toString())
const reading = (queue: string) => ({ url: broker.amqpUrl, queues: [queue] })

test.each([
  [rideKey, queues.ride],
  [telemetryKey(bikeId, 'battery'), queues.battery],
  [telemetryKey(bikeId, 'motor'), queues.motor],
  [telemetryKey(bikeId, 'fault'), queues.fault],
  [`${commandsKey(bikeId)}.c1.ack`, queues.acks],
  [`bikes.${bikeId}.settings`, queues.acks],
])('%s goes to %s, and keeps its key', async (routingKey, queue) => {
  expect(await publisher.publish(numbered(1, routingKey))).toEqual(['stored'])
  expect(await readQueues(reading(queue), 1)).toMatchObject([{ queue, routingKey, deliveries: 0 }])
})

test('a command for a bike without a session is unroutable, its neighbours are stored', async () => {
  const messages = [...numbered(1), ...numbered(1, commandsKey(bikeId)), ...numbered(1)]
  const outcomes = await publisher.publish(messages)
  expect(outcomes).toEqual(['stored', 'unroutable', 'stored'])
})

test('more messages than are on their way at one time keep their order', async () => {
  const outcomes = await publisher.publish(numbered(2_500))
  expect(new Set(outcomes)).toEqual(new Set(['stored']))
  expect(bodies(await readQueues(reading(queues.ride), 2_500))).toEqual(bodies(numbered(2_500)))
})

test('its numbers tell how many messages of a queue wait, and how many have come in', async () => {
  const [queue, routingKey] = ['numbers', 'numbers.test']
  const management = createManagement(broker)
  await management.ask({ method: 'PUT', path: `queues/${virtualHost}/${queue}`, body: { durable: true } })
  const binding = `bindings/${virtualHost}/e/amq.topic/q/${queue}`
  await management.ask({ method: 'POST', path: binding, body: { routing_key: routingKey } })
  const admin = createBrokerAdmin(broker)
  await publisher.publish(numbered(7, routingKey))
  await expect.poll(() => admin.queue(queue), patience).toMatchObject({ messages: 7, published: 7 })
  await readQueues(reading(queue), 7)
  await expect.poll(() => admin.queue(queue), patience).toMatchObject({ messages: 0, published: 7 })
})

test('an expired message is never read', async () => {
  await publisher.publish(numbered(1).map((message) => ({ ...message, expiresInMs: 0 })))
  await publisher.publish([{ routingKey: rideKey, body: Buffer.from('alive') }])
  expect(bodies(await readQueues(reading(queues.ride), 1))).toEqual(['alive'])
})

test('a full queue refuses, and takes again when there is room', async () => {
  const large = { routingKey: rideKey, body: Buffer.alloc(10_000) }
  await provisionBroker({ ...broker, maxQueueBytes: 20_000 })
  try {
    await expect.poll(() => publisher.publish([large]), patience).toEqual(['refused'])
  } finally {
    await provisionBroker(broker)
  }
  await expect.poll(() => publisher.publish([large]), patience).toEqual(['stored'])
})

test('what is not handled is handed over again, and acknowledged once it is', async () => {
  await publisher.publish(numbered(3))
  const stop = new AbortController()
  const limits = { maxMessages: 3, maxBytes: 1024 * 1024 }
  const consumer = createQueueConsumer({ ...reading(queues.ride), name: 'test', limits, log: silent })
  const batches: string[][] = []
  const seen: (string | undefined)[] = []
  await consumer.run(async (batch) => {
    batches.push(bodies(batch))
    seen.push(consumer.trouble())
    if (batches.length < 3) throw new Error('Kafka is away')
    stop.abort()
  }, stop.signal)
  await consumer.close()
  expect(batches[2]).toEqual(batches[0])
  expect(seen).toEqual([
    undefined,
    'a batch cannot be handled: Kafka is away',
    'a batch cannot be handled: Kafka is away',
  ])
  await publisher.publish([{ routingKey: rideKey, body: Buffer.from('next') }])
  expect(bodies(await readQueues(reading(queues.ride), 1))).toEqual(['next'])
})

test('a message that ends its workers goes to the dead letters with its key, and the queue goes on', async () => {
  await publisher.publish(numbered(1))
  for (let death = 0; death <= deliveryLimit; death++) {
    expect(await takeAndDie({ ...reading(queues.ride), maxMessages: 1 })).toMatchObject([
      { deliveries: death },
    ])
  }
  expect(await readQueues(reading(queues.deadLetters), 1)).toMatchObject([
    { routingKey: rideKey, body: Buffer.from('0') },
  ])
  await publisher.publish([{ routingKey: rideKey, body: Buffer.from('next') }])
  expect(bodies(await readQueues(reading(queues.ride), 1))).toEqual(['next'])
})

test('connections are listed at once and can be closed; their events come in a queue', async () => {
  const admin = createBrokerAdmin(broker)
  await admin.ping()
  expect(await admin.connectionsOf('nobody')).toEqual([])
  const other = createPublisher({ url: broker.amqpUrl, name: 'other', log: silent })
  await other.publish(numbered(1))
  const [opened] = (await readQueues(reading(queues.connections), 1)).filter(
    ({ headers }) => headers.user_provided_name === 'other',
  )
  const name = String(opened?.headers.name)
  const connections = await admin.connectionsOf(new URL(broker.amqpUrl).username)
  expect(connections.map((each) => each.name)).toContain(name)
  await expect.poll(() => admin.closeConnection(name, 'test'), patience).toBe(true)
  expect(await admin.closeConnection('nobody -> nowhere', 'test')).toBe(false)
  await expect.poll(() => other.publish(numbered(1)).catch(() => undefined), patience).toEqual(['stored'])
  await other.close()
})

test('a broker killed and restarted keeps what it confirmed; consumers and publishers come back', {
  timeout: 300_000,
}, async () => {
  const stop = new AbortController()
  const limits = { maxMessages: 50, maxBytes: 1024 * 1024 }
  const consumer = createQueueConsumer({ ...reading(queues.ride), name: 'test', limits, log: silent })
  const read = new Set<string>()
  const running = consumer.run(async (batch) => {
    for (const body of bodies(batch)) read.add(body)
    await delay(20)
  }, stop.signal)
  const stored: string[] = []
  const publishUntil = async (count: number) => {
    while (stored.length < count) {
      const messages = Array.from({ length: 20 }, (_, index) => `${stored.length}-${index}`)
      const outgoing = messages.map((text) => ({ routingKey: rideKey, body: Buffer.from(text) }))
      const outcomes = await publisher.publish(outgoing).catch(() => [])
      stored.push(...messages.filter((_, index) => outcomes[index] === 'stored'))
      if (outcomes.length === 0) await delay(100)
    }
  }
  await publishUntil(400)
  await broker.kill()
  await expect.poll(() => consumer.trouble(), patience).toMatch(/^RabbitMQ: /)
  await expect.poll(() => publisher.trouble(), patience).toMatch(/^RabbitMQ: /)
  await expect(publisher.publish(numbered(1))).rejects.toThrow()
  await broker.restart()
  await publishUntil(800)
  await expect.poll(() => stored.filter((text) => !read.has(text)), patience).toEqual([])
  expect([consumer.trouble(), publisher.trouble()]).toEqual([undefined, undefined])
  stop.abort()
  await running
  await consumer.close()
})
