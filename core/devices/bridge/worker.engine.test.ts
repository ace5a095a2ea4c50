// From the queues of modules to telemetry.raw and quarantine, on a RabbitMQ of its own and the real Kafka.
import { fromBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Kind,
  kinds,
  QuarantinedTrackSchema,
  QuarantineReason,
  RawTrackSchema,
  uuidText,
  uuidV7Bytes,
  writeTrack,
} from '../../../proto/index.ts'
import { startBroker, type TestBroker } from '../../../testkit/broker.ts'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import {
  createPublisher,
  createQueueConsumer,
  deliveryLimit,
  type MessagePublisher,
  type OutgoingMessage,
} from '../../engines/rabbitmq/index.ts'
import { queues, telemetryKey, telemetryQueues } from '../../engines/rabbitmq/topology.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { type Topic, topicName } from '../../topics.ts'
import { createDevicesWorker } from './worker.ts'

const brokers = testEngines().kafkaBrokers
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const namespace = uniqueNamespace()
const topic = (name: Topic) => topicName(namespace, name)
const newId = () => uuidText(uuidV7Bytes())
const patience = { interval: 100 }
let broker: TestBroker
let producer: RecordProducer
let publisher: MessagePublisher

beforeAll(async () => {
  broker = await startBroker()
  producer = createProducer({ brokers, name: 'test', log })
  publisher = createPublisher({ url: broker.amqpUrl, name: 'test', log })
  await ensureTopics({ brokers, namespace })
})
afterAll(async () => {
  await publisher.close()
  await producer.close()
  await deleteTopics({ brokers, namespace })
  await broker.stop()
})

let sequence = 0
function trackMessage(kind: Kind = 'battery', bikeId = newId()): OutgoingMessage & { body: Uint8Array } {
  sequence++
  const body = writeTrack({
    ...{ bikeId, recorderId: newId(), kind, clock: { bootId: 1, clockEpoch: 1 }, sequence },
    timesMs: [Date.now() + sequence],
    columns: [],
  })
  return { routingKey: telemetryKey(bikeId, kind), body }
}

function newConsumer(maxMessages = 50) {
  return createQueueConsumer({
    url: broker.amqpUrl,
    name: 'devices',
    queues: [...telemetryQueues, queues.deadLetters],
    limits: { maxMessages, maxBytes: 1024 * 1024 },
    log,
  })
}

/** Runs that many workers while `work` goes on. */
async function withWorkers(
  count: number,
  work: () => Promise<void>,
  sendingTo: RecordProducer = producer,
): Promise<void> {
  const stop = new AbortController()
  const running = Array.from({ length: count }, () => {
    const consumer = newConsumer()
    const topics = { raw: topic('telemetry.raw'), quarantine: topic('telemetry.quarantine') }
    const metrics = createWorkerMetrics('devices')
    const quota = { count: () => undefined }
    const worker = createDevicesWorker({ consumer, producer: sendingTo, topics, metrics, quota, log })
    return { consumer, done: worker.run(stop.signal) }
  })
  try {
    await work()
  } finally {
    stop.abort()
    await Promise.all(running.map(({ consumer, done }) => done.then(() => consumer.close())))
  }
}

async function rawTracks(): Promise<string[]> {
  const tracks: string[] = []
  for await (const { value } of readTopic({ brokers, topic: topic('telemetry.raw') })) {
    tracks.push(text(fromBinary(RawTrackSchema, value as Buffer).track))
  }
  return tracks
}

async function quarantined() {
  const entries = []
  for await (const { value } of readTopic({ brokers, topic: topic('telemetry.quarantine') })) {
    const entry = fromBinary(QuarantinedTrackSchema, value as Buffer)
    entries.push({ ...entry, body: text(entry.raw?.track ?? entry.record) })
  }
  return entries
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const bodies = (messages: readonly OutgoingMessage[]) => messages.map(({ body }) => text(body))

test('several workers share all queues, and each message becomes one track', async () => {
  const messages = Array.from({ length: 400 }, (_, i) => trackMessage(kinds[i % kinds.length]))
  expect(new Set(await publisher.publish(messages))).toEqual(new Set(['stored']))
  await withWorkers(2, async () => {
    await expect.poll(async () => (await rawTracks()).length, patience).toBe(400)
  })
  expect((await rawTracks()).toSorted()).toEqual(bodies(messages).toSorted())
})

test('poison goes to quarantine or on to who decides about it, and what is behind it is not held up', async () => {
  const bad = { routingKey: 'bikes.not-a-bike.telemetry.ride', body: Buffer.from('of no bike') }
  const garbage = { routingKey: telemetryKey(newId(), 'fault'), body: Buffer.from('no track at all') }
  const empty = { routingKey: telemetryKey(newId(), 'ride'), body: new Uint8Array(0) }
  const good = trackMessage('ride')
  const before = await rawTracks()
  await publisher.publish([bad, garbage, empty, good])
  await withWorkers(1, async () => {
    await expect.poll(async () => (await rawTracks()).length, patience).toBe(before.length + 3)
  })
  expect((await rawTracks()).toSorted()).toEqual([...before, ...bodies([garbage, empty, good])].toSorted())
  expect(await quarantined()).toMatchObject([
    { reason: QuarantineReason.DEVICE_MISMATCH, stage: 'devices', body: text(bad.body) },
  ])
})

test('a message that its workers never survive ends in quarantine as the track it is', async () => {
  const deadly = trackMessage('motor')
  await publisher.publish([deadly])
  for (let deaths = 0; deaths <= deliveryLimit; deaths++) {
    const consumer = createQueueConsumer({
      url: broker.amqpUrl,
      name: 'doomed',
      queues: [queues.motor],
      limits: { maxMessages: 1, maxBytes: 1024 },
      log,
    })
    const stop = new AbortController()
    const taken = Promise.withResolvers<void>()
    const running = consumer.run(async () => {
      taken.resolve()
      throw new Error('dies of it')
    }, stop.signal)
    await taken.promise
    stop.abort()
    await running
    await consumer.close()
  }
  const before = await rawTracks()
  await withWorkers(1, async () => {
    await expect.poll(async () => (await quarantined()).length, patience).toBe(2)
  })
  const entry = (await quarantined()).find(({ reason }) => reason === QuarantineReason.UNDELIVERABLE)
  expect(entry?.body).toBe(text(deadly.body))
  expect(entry?.detail).toContain(`${queues.motor}: delivery_limit`)
  expect(await rawTracks()).toEqual(before)
})

test('nothing is answered before Kafka has it: what a failing Kafka refused comes again', async () => {
  const messages = Array.from({ length: 120 }, () => trackMessage())
  const before = await rawTracks()
  let attempts = 0
  const failing: RecordProducer = {
    send: async () => {
      attempts++
      throw new Error('Kafka is away')
    },
    close: async () => undefined,
  }
  await publisher.publish(messages)
  await withWorkers(
    1,
    async () => void (await expect.poll(() => attempts, patience).toBeGreaterThan(2)),
    failing,
  )
  expect(await rawTracks()).toEqual(before)
  await withWorkers(1, async () => {
    await expect.poll(async () => (await rawTracks()).length, patience).toBe(before.length + 120)
  })
  expect((await rawTracks()).toSorted()).toEqual([...before, ...bodies(messages)].toSorted())
})
