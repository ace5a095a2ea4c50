// The backlog in a worker's queues, which operators and scalers watch.
import { Gauge, type Registry } from 'prom-client'
import { createQueueAge, type QueueNumbers } from './queue-age.ts'

/** The broker's numbers are that old anyway; however often they are scraped, it is not asked more often. */
const lifetimeMs = 5_000

/** Who knows the numbers of queues; undefined for a queue that does not exist. */
export interface QueueCounter {
  queue(name: string): Promise<(QueueNumbers & { readonly name: string }) | undefined>
}

/** A queue whose numbers cannot be read is left out. */
export function exposeQueues(registry: Registry, queues: readonly string[], counter: QueueCounter): void {
  const ages = new Map(queues.map((queue) => [queue, createQueueAge()]))
  const age = new Gauge({
    name: 'worker_queue_seconds',
    help: 'Age of the oldest message in the queue, as far as it was watched; up to ten seconds old',
    labelNames: ['queue'],
    registers: [registry],
    collect: refresh,
  })
  const messages = new Gauge({
    name: 'worker_queue_messages',
    help: 'Messages in the queue, waiting and handed out; up to ten seconds old',
    labelNames: ['queue'],
    registers: [registry],
    collect: refresh,
  })
  let staleAtMs = 0
  let refreshed = Promise.resolve()
  /** Both gauges are collected at the same time, and wait for the same answer. */
  function refresh(): Promise<void> {
    if (Date.now() >= staleAtMs) {
      staleAtMs = Date.now() + lifetimeMs
      refreshed = ask()
    }
    return refreshed
  }
  async function ask(): Promise<void> {
    const states = await Promise.all(queues.map((queue) => counter.queue(queue).catch(() => undefined)))
    age.reset()
    messages.reset()
    for (const state of states) {
      if (state === undefined) continue
      messages.set({ queue: state.name }, state.messages)
      age.set({ queue: state.name }, ages.get(state.name)?.seen(Date.now(), state) ?? 0)
    }
  }
}
