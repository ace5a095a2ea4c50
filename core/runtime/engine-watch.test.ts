import { expect, test } from 'vitest'
import { createEngineWatch } from './engine-watch.ts'

test('readiness follows the engine: not reached yet, there, away, and there again', async () => {
  let isThere = true
  const ping = async () => {
    if (!isThere) throw new Error('connection refused')
  }
  const watch = createEngineWatch({ engine: 'PostgreSQL', ping, everyMs: 5 })
  expect(watch.trouble()).toBe('PostgreSQL: not reached yet')
  const work = watch.during(async () => {
    await expect.poll(watch.trouble).toBeUndefined()
    isThere = false
    await expect.poll(watch.trouble).toBe('PostgreSQL: connection refused')
    isThere = true
    await expect.poll(watch.trouble).toBeUndefined()
  })
  await work(new AbortController().signal)
})

test('the watch ends with the work, also when that fails', async () => {
  const watch = createEngineWatch({ engine: 'PostgreSQL', ping: async () => undefined, everyMs: 60_000 })
  const work = watch.during(() => Promise.reject(new Error('broken')))
  await expect(work(new AbortController().signal)).rejects.toThrow('broken')
})
