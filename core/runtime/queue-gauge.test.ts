import { Registry } from 'prom-client'
import { expect, test, vi } from 'vitest'
import { exposeQueues } from './queue-gauge.ts'

test('a queue tells what waits and for how long; one that cannot be read is left out', async () => {
  vi.useFakeTimers({ now: 0 })
  try {
    const registry = new Registry()
    let published = 100
    let asked = 0
    const queue = async (name: string) => {
      asked++
      if (name === 'away') throw new Error('no answer')
      return { name, messages: published - 100, messagesReady: 0, published, consumers: 1 }
    }
    exposeQueues(registry, ['rides', 'away'], { queue })
    const read = async () =>
      (await registry.metrics()).split('\n').filter((line) => line.startsWith('worker_'))
    expect(await read()).toEqual([
      'worker_queue_seconds{queue="rides"} 0',
      'worker_queue_messages{queue="rides"} 0',
    ])
    published = 104
    await read()
    expect(asked, 'asked once in five seconds').toBe(2)
    vi.setSystemTime(10_000)
    await read()
    vi.setSystemTime(20_000)
    expect(await read()).toEqual([
      'worker_queue_seconds{queue="rides"} 20',
      'worker_queue_messages{queue="rides"} 4',
    ])
  } finally {
    vi.useRealTimers()
  }
})
