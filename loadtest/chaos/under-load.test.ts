import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { underLoad } from './under-load.ts'

const { signal } = new AbortController()
const untilAborted = (aborted: AbortSignal) =>
  new Promise<void>((resolve) => aborted.addEventListener('abort', () => resolve(), { once: true }))
const minute = 60_000

test('the load goes on until the work is done, and ends with it', async () => {
  let rides = 0
  const ride = async (aborted: AbortSignal) => {
    rides++
    await untilAborted(aborted)
    rides--
  }
  expect(await underLoad({ ride, signal }, async () => rides)).toBe(1)
  expect(rides).toBe(0)
})

test('a load that fails ends the work, and tells why', async () => {
  const ride = () => Promise.reject(new Error('no road'))
  const work = (aborted: AbortSignal) => sleep(minute, undefined, { signal: aborted })
  await expect(underLoad({ ride, signal }, work)).rejects.toThrow('no road')
})

test('work that fails ends the load', async () => {
  let isRiding = true
  const ride = async (aborted: AbortSignal) => {
    await untilAborted(aborted)
    isRiding = false
  }
  const work = () => Promise.reject(new Error('no fault'))
  await expect(underLoad({ ride, signal }, work)).rejects.toThrow('no fault')
  expect(isRiding).toBe(false)
})

test('whoever ends the run ends both', async () => {
  const interrupted = AbortSignal.abort(new Error('interrupted'))
  const work = async (aborted: AbortSignal) => aborted.throwIfAborted()
  await expect(underLoad({ ride: async () => undefined, signal: interrupted }, work)).rejects.toThrow(
    'interrupted',
  )
})
