import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backOffMs, pause, within } from './back-off.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const middle = { random: 0.5 }

test.each([
  [0, 100],
  [1, 200],
  [3, 800],
  [5, 3_200],
  [6, 5_000],
  [5_000, 5_000],
])('after %i failures the pause is %i ms, give or take a quarter', (attempt, ms) => {
  expect(backOffMs(attempt, middle)).toBe(ms)
  expect(backOffMs(attempt, { random: 0 })).toBe(0.75 * ms)
  expect(backOffMs(attempt, { random: 1 })).toBe(1.25 * ms)
})

test('two processes that failed at once do not come back at once', () => {
  expect(new Set(Array.from({ length: 20 }, () => backOffMs(3))).size).toBeGreaterThan(1)
})

test('first and longest pause may be others', () => {
  const policy = { firstMs: 500, longestMs: 60_000, ...middle }
  expect([0, 1, 30].map((attempt) => backOffMs(attempt, policy))).toEqual([500, 1_000, 60_000])
})

test('an abort ends a pause, and one that came before lets none begin', async () => {
  const stop = new AbortController()
  const paused = pause(20, stop.signal)
  stop.abort()
  await paused
  await pause(20, stop.signal)
  expect(vi.getTimerCount()).toBe(0)
})

test('work that takes too long is told by name, and its later failure harms nobody', async () => {
  const { promise, reject } = Promise.withResolvers<never>()
  const bounded = within(promise, 1_000, 'asking')
  const told = expect(bounded).rejects.toThrow('asking took longer than 1000 ms')
  await vi.advanceTimersByTimeAsync(1_000)
  await told
  reject(new Error('too late'))
})

test('work in time gives its result or its failure, and leaves no timer', async () => {
  expect(await within(Promise.resolve(7), 1_000, 'asking')).toBe(7)
  await expect(within(Promise.reject(new Error('no')), 1_000, 'asking')).rejects.toThrow('no')
  expect(vi.getTimerCount()).toBe(0)
})
