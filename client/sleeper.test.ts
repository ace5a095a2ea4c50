// The sleeper: it sleeps as long as it should, and wakes when it is told to.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSleeper, type Sleeper } from './sleeper.ts'

const never = new AbortController().signal
const hourMs = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Sleeps, and not a millisecond less than it should. */
async function expectSleep(sleeper: Sleeper, ms: number): Promise<void> {
  let awake = false
  const sleep = sleeper.sleep(ms, never).then(() => {
    awake = true
  })
  await vi.advanceTimersByTimeAsync(ms - 1)
  expect(awake).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await sleep
}

test('a sleep ends by itself', async () => {
  await expectSleep(createSleeper(), 30)
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
  await expectSleep(sleeper, 30)
})

test('an abort ends the sleep, whether it comes before or meanwhile', async () => {
  const sleeper = createSleeper()
  const stop = new AbortController()
  const sleep = sleeper.sleep(hourMs, stop.signal)
  stop.abort()
  await sleep
  await sleeper.sleep(hourMs, stop.signal)
})
