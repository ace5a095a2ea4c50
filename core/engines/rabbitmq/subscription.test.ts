import type { ConsumeMessage } from 'amqplib'
import { expect, test } from 'vitest'
import { countWithin, toMessage } from './subscription.ts'

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
