import { expect, test } from 'vitest'
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import { sendingOf } from './sending.ts'

test.each<[PublishOutcome, number, object]>([
  ['stored', 3, { sent: true }],
  ['unroutable', 0, { sent: false, retryInMs: 500 }],
  ['unroutable', 3, { sent: false, retryInMs: 4_000 }],
  ['refused', 7, { sent: false, retryInMs: 60_000 }],
  ['refused', 5_000, { sent: false, retryInMs: 60_000 }],
])('%s at attempt %d', (outcome, attempts, sending) => {
  expect(sendingOf(outcome, attempts)).toEqual(sending)
})
