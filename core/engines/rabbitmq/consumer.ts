// Batch consumers that survive RabbitMQ's absence: they keep opening subscriptions until told to stop.
import { pause } from '../../runtime/back-off.ts'
import { explain, type LinkOptions, openLink } from './link.ts'
import type { QueueConsumer } from './port.ts'
import { type Batch, type Subscription, type SubscriptionOptions, subscribe } from './subscription.ts'

export interface QueueConsumerOptions extends LinkOptions, SubscriptionOptions {}

/** Why RabbitMQ hands out nothing at the moment, whatever becomes of its messages; undefined when it does. */
interface ServedByRabbitMq {
  away(): string | undefined
}

export function createQueueConsumer(options: QueueConsumerOptions): QueueConsumer & ServedByRabbitMq {
  const { queues, log } = options
  const link = openLink(options)
  let subscription: Subscription | undefined
  let awayBecause: string | undefined = 'RabbitMQ: subscribing to the queues'
  let stuckBecause: string | undefined
  const away = () => link.trouble() ?? awayBecause

  /** True when the batch is done; false when it is no longer ours to do, and comes again. */
  async function repeatUntilDone(
    batch: Batch,
    work: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await work()
        return true
      } catch (error) {
        stuckBecause = `a batch cannot be handled: ${explain(error)}`
        log.warn({ messages: batch.messages.length, attempt, err: error }, 'a batch will be repeated')
      }
      await pause(attempt, signal)
      if (signal.aborted || !subscription?.isCurrent()) return false
    }
  }

  return {
    async run(handle, signal) {
      for (let attempt = 0; !signal.aborted; attempt++) {
        try {
          const channel = await unlessAborted(link.channel(), signal)
          if (channel === undefined) return
          subscription = await subscribe(channel, options)
          for (;;) {
            awayBecause = undefined
            stuckBecause = undefined
            const batch = await subscription.next(signal)
            if (batch === undefined) break
            const done = await repeatUntilDone(batch, () => handle(batch.messages, signal), signal)
            if (done) subscription.acknowledge(batch)
            attempt = 0
          }
        } catch (error) {
          awayBecause = `RabbitMQ: ${explain(error)}`
          if (!signal.aborted) log.warn({ queues, reason: explain(error) }, 'waiting for the queues')
        }
        await subscription?.close().catch(() => undefined)
        subscription = undefined
        if (!signal.aborted) await pause(attempt, signal)
      }
    },
    inFlight: () => subscription?.unacknowledged() ?? 0,
    away,
    trouble: () => away() ?? stuckBecause,
    close: link.close,
  }
}

/** `work` itself goes on. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined)
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const onAbort = () => resolve(undefined)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
