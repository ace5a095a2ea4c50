// How many messages wait in a worker's queues: the backlog that operators and scalers watch.
import { Gauge, type Registry } from 'prom-client'
import type { BrokerAdmin } from '../rabbitmq/port.ts'

/** The broker's numbers are that old anyway; however often they are scraped, it is not asked more often. */
const lifetimeMs = 5_000

/** A queue whose numbers cannot be read is left out. */
export function exposeQueues(
  registry: Registry,
  queues: readonly string[],
  admin: Pick<BrokerAdmin, 'queue'>,
): void {
  let staleAtMs = 0
  new Gauge({
    name: 'worker_queue_messages',
    help: 'Messages in the queue, waiting and handed out; up to ten seconds old',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      if (Date.now() < staleAtMs) return
      staleAtMs = Date.now() + lifetimeMs
      const states = await Promise.all(queues.map((queue) => admin.queue(queue).catch(() => undefined)))
      this.reset()
      for (const state of states) if (state !== undefined) this.set({ queue: state.name }, state.messages)
    },
  })
}
