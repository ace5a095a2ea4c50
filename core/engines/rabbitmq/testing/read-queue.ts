// Reads queues in tests, with an end: after so many messages, or by force.
import { pino } from 'pino'
import { createQueueConsumer } from '../consumer.ts'
import type { QueueMessage } from '../port.ts'

export const silent = pino({ level: 'silent' })

interface Reading {
  readonly url: string
  readonly queues: readonly string[]
  readonly maxMessages?: number
}

/** Takes and acknowledges messages until `count` have come. */
export async function readQueues(reading: Reading, count: number): Promise<QueueMessage[]> {
  const messages: QueueMessage[] = []
  await reads(reading, async (batch, stop) => {
    messages.push(...batch)
    if (messages.length >= count) stop()
  })
  return messages
}

/** Takes a first batch and gives it back, as a worker does that dies over it. */
export async function takeAndDie(reading: Reading): Promise<readonly QueueMessage[]> {
  let taken: readonly QueueMessage[] = []
  await reads(reading, async (batch, stop) => {
    taken = batch
    stop()
    throw new Error('died')
  })
  return taken
}

async function reads(
  { url, queues, maxMessages = 100 }: Reading,
  handle: (batch: readonly QueueMessage[], stop: () => void) => Promise<void>,
): Promise<void> {
  const ending = new AbortController()
  const limits = { maxMessages, maxBytes: 1024 * 1024 }
  const consumer = createQueueConsumer({ url, name: 'reader', queues, limits, log: silent })
  const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(20_000)])
  await consumer.run((batch) => handle(batch, () => ending.abort()), signal)
  await consumer.close()
}
