// How many messages wait in the queues of modules: the backlog that an operator watches.
import { Gauge, type Registry } from 'prom-client'
import type { BrokerAdmin } from '../rabbitmq/port.ts'

/** A queue whose numbers cannot be read is left out. */
export function exposeQueues(
  registry: Registry,
  queues: readonly string[],
  admin: Pick<BrokerAdmin, 'queue'>,
): void {
  new Gauge({
    name: 'worker_queue_messages',
    help: 'Messages in the queue, waiting and handed out; up to five seconds old',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      this.reset()
      const states = await Promise.all(queues.map((queue) => admin.queue(queue).catch(() => undefined)))
      for (const state of states) if (state !== undefined) this.set({ queue: state.name }, state.messages)
    },
  })
}
