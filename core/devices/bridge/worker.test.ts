import { fromBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { expect, test } from 'vitest'
import { QuarantinedTrackSchema, QuarantineReason, RawTrackSchema, uuidText } from '../../../proto/index.ts'
import { fakeProducer } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import { createDevicesWorker } from './worker.ts'

const bikeId = '01920000-0000-7000-8000-00000000000b'

const message = (over: Partial<QueueMessage> = {}): QueueMessage => ({
  ...{ queue: 'telemetry.ride', routingKey: `bikes.${bikeId}.telemetry.ride`, body: Buffer.from('ride') },
  ...{ headers: {}, timestampMs: 1_000, deliveries: 0 },
  ...over,
})

async function bridge(batches: readonly (readonly QueueMessage[])[], send?: () => void) {
  const log: string[] = []
  const producer = fakeProducer(log, send)
  const metrics = fakeMetrics()
  const quota = { count: (messages: readonly object[]) => void log.push(`counted ${messages.length}`) }
  const worker = createDevicesWorker({
    consumer: fakeConsumer(batches, log),
    producer,
    topics: { raw: 'raw', quarantine: 'quarantine' },
    ...{ metrics, quota },
    log: pino({ level: 'silent' }),
  })
  await worker.run(new AbortController().signal)
  return { log, records: producer.sent, counts: metrics.counts }
}

test('every message is a record of its bike, tracks of one topic, the others of quarantine', async () => {
  const { records, counts } = await bridge([
    [
      message(),
      message({ routingKey: 'bikes.nobody.telemetry.ride', body: Buffer.from('stray') }),
      message({ queue: 'dead-letters', deliveries: 3 }),
      message({ body: Buffer.from('another ride') }),
    ],
  ])
  expect(records.map(({ topic }) => topic)).toEqual(['raw', 'quarantine', 'quarantine', 'raw'])
  expect(records.map(({ key }) => uuidText(key).slice(-1))).toEqual(['b', '0', 'b', 'b'])
  const tracks = records.filter(({ topic }) => topic === 'raw')
  const payloads = tracks.map(({ value }) => fromBinary(RawTrackSchema, new Uint8Array(value)).track)
  expect(payloads.map((track) => Buffer.from(track).toString())).toEqual(['ride', 'another ride'])
  const reasons = records
    .filter(({ topic }) => topic === 'quarantine')
    .map(({ value }) => fromBinary(QuarantinedTrackSchema, value).reason)
  expect(reasons).toEqual([QuarantineReason.DEVICE_MISMATCH, QuarantineReason.UNDELIVERABLE])
  expect(counts).toEqual({ received: 4, repeated: 1, written: 2, failed: 2 })
})

test('the broker is answered when Kafka has the batch, each batch before the next', async () => {
  const { log } = await bridge([[message(), message()], [message()]])
  expect(log).toEqual([
    ...['sent raw raw', 'counted 2', 'acknowledged', 'sent raw', 'counted 1', 'acknowledged'],
  ])
})

test('without Kafka nothing is acknowledged; the batch comes again and makes the same records', async () => {
  const { log, records, counts } = await bridge([[message()]], failing(1, 'Kafka is away'))
  expect(log).toEqual(['Kafka is away', 'sent raw', 'counted 1', 'acknowledged'])
  expect(counts).toMatchObject({ written: 1 })
  expect(records).toEqual((await bridge([[message()]])).records)
})
