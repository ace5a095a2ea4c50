// The messages of some queues on one channel, in order of arrival, taken as batches.
import type { Channel, ConsumeMessage } from 'amqplib'
import type { QueueMessage } from './port.ts'

export interface BatchLimits {
  /** A batch is handed over when one of these is reached, or at once when no more messages are at hand. */
  readonly maxMessages: number
  readonly maxBytes: number
}

export interface SubscriptionOptions {
  readonly queues: readonly string[]
  readonly limits: BatchLimits
}

export interface Batch {
  readonly messages: readonly QueueMessage[]
  readonly last: ConsumeMessage
}

export interface Subscription {
  /** Undefined when `signal` aborts; rejects when the channel is lost. */
  next(signal: AbortSignal): Promise<Batch | undefined>
  /** False when the broker has taken the batch back. */
  isCurrent(): boolean
  /** All messages up to the batch's last one. */
  acknowledge(batch: Batch): void
  unacknowledged(): number
  close(): Promise<void>
}

interface Delivery {
  readonly queue: string
  readonly raw: ConsumeMessage
}

/** While one batch is worked on, the next one arrives. The bound holds for each queue: quorum queues know no other. */
const prefetchedBatches = 2

export async function subscribe(channel: Channel, options: SubscriptionOptions): Promise<Subscription> {
  const { queues, limits } = options
  const arrived: Delivery[] = []
  let unacknowledged = 0
  let lost: Error | undefined
  let wake: () => void = () => undefined

  const lose = (error: Error) => {
    lost ??= error
    wake()
  }
  channel.on('error', lose)
  channel.on('close', () => lose(new Error('the channel was closed')))
  await channel.prefetch(limits.maxMessages * prefetchedBatches)
  for (const queue of queues) {
    await channel.consume(queue, (raw) => {
      if (raw === null) return lose(new Error(`queue ${queue} is gone`))
      arrived.push({ queue, raw })
      unacknowledged++
      wake()
    })
  }

  return {
    async next(signal) {
      const onAbort = () => wake()
      signal.addEventListener('abort', onAbort)
      try {
        while (arrived.length === 0 && lost === undefined && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
      if (signal.aborted) return undefined
      if (lost !== undefined) throw lost
      return toBatch(arrived.splice(0, countWithin(arrived, limits)))
    },
    isCurrent: () => lost === undefined,
    acknowledge({ last, messages }) {
      channel.ack(last, true)
      unacknowledged -= messages.length
    },
    unacknowledged: () => unacknowledged,
    close: async () => {
      if (lost === undefined) await channel.close()
    },
  }
}

/** How many deliveries make the next batch: at least one, however large. */
export function countWithin(arrived: readonly Delivery[], { maxMessages, maxBytes }: BatchLimits): number {
  let bytes = 0
  const most = Math.min(arrived.length, maxMessages)
  for (let index = 0; index < most; index++) {
    bytes += arrived[index]?.raw.content.length ?? 0
    if (bytes > maxBytes) return Math.max(index, 1)
  }
  return most
}

function toBatch(deliveries: readonly Delivery[]): Batch {
  const last = deliveries.at(-1)
  if (last === undefined) throw new Error('a batch has at least one message')
  return { messages: deliveries.map(toMessage), last: last.raw }
}

export function toMessage({ queue, raw }: Delivery): QueueMessage {
  const headers: Readonly<Record<string, unknown>> = raw.properties.headers ?? {}
  const { timestamp } = raw.properties as { timestamp?: number }
  const timestampInMs = headers.timestamp_in_ms
  const deliveryCount = headers['x-delivery-count']
  return {
    queue,
    routingKey: raw.fields.routingKey,
    body: raw.content,
    headers,
    timestampMs:
      typeof timestampInMs === 'number'
        ? timestampInMs
        : timestamp === undefined
          ? undefined
          : timestamp * 1_000,
    deliveries: typeof deliveryCount === 'number' ? deliveryCount : 0,
  }
}
