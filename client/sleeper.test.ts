// The sleeper: it sleeps as long as it should, and wakes when it is told to.
import { expect, test } from 'vitest'
import { createSleeper } from './sleeper.ts'

const never = new AbortController().signal
const hourMs = 3_600_000

test('a sleep ends by itself', async () => {
  const startMs = performance.now()
  await createSleeper().sleep(30, never)
  expect(performance.now() - startMs).toBeGreaterThan(25)
})

test('a wake-up call ends the present sleep', async () => {
  const sleeper = createSleeper()
  const sleep = sleeper.sleep(hourMs, never)
  sleeper.wake()
  await sleep
})

test('a wake-up call that comes before the sleep ends it, and no other one', async () => {
  const sleeper = createSleeper()
  sleeper.wake()
  await sleeper.sleep(hourMs, never)
  const startMs = performance.now()
  await sleeper.sleep(30, never)
  expect(performance.now() - startMs).toBeGreaterThan(25)
})

test('an abort ends the sleep, whether it comes before or meanwhile', async () => {
  const sleeper = createSleeper()
  const stop = new AbortController()
  const sleep = sleeper.sleep(hourMs, stop.signal)
  stop.abort()
  await sleep
  await sleeper.sleep(hourMs, stop.signal)
})
