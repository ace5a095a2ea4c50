import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createEngineWatch, createLoop } from './loop.ts'

test('a failed round is told and repeated, until a signal ends the loop', async () => {
  const stop = new AbortController()
  const troubles: (string | undefined)[] = []
  let rounds = 0
  const loop = createLoop({
    what: 'working',
    log: pino({ level: 'silent' }),
    round: async () => {
      troubles.push(loop.trouble())
      if (++rounds === 1) throw new Error('no database')
      if (rounds === 3) stop.abort()
    },
  })
  await loop.run(stop.signal)
  expect(troubles).toEqual([undefined, 'working: no database', undefined])
})

test('readiness follows the engine: not reached yet, there, away, and there again, until a signal ends the watch', async () => {
  const stop = new AbortController()
  let isThere = true
  const ping = async () => {
    if (!isThere) throw new Error('connection refused')
  }
  const watch = createEngineWatch({ engine: 'PostgreSQL', ping, everyMs: 5 })
  expect(watch.trouble()).toBe('PostgreSQL: not reached yet')
  const running = watch.run(stop.signal)
  await expect.poll(watch.trouble).toBeUndefined()
  isThere = false
  await expect.poll(watch.trouble).toBe('PostgreSQL: connection refused')
  isThere = true
  await expect.poll(watch.trouble).toBeUndefined()
  stop.abort()
  await running
})

test('a watch that waits for its next question ends at once', async () => {
  const stop = new AbortController()
  const ping = async () => undefined
  const running = createEngineWatch({ engine: 'PostgreSQL', ping, everyMs: 60_000 }).run(stop.signal)
  stop.abort()
  await running
})
