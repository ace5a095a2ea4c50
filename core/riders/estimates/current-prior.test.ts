import { expect, test, vi } from 'vitest'
import { createCurrentPrior } from './current-prior.ts'
import type { PriorStore } from './prior-port.ts'
import { shippedPrior } from './shipped-prior.ts'

test('it asks once in half a minute, and again after an answer that failed', async () => {
  const used = vi.fn<PriorStore['used']>(async () => undefined)
  let nowMs = 0
  const current = createCurrentPrior({ used }, () => nowMs)
  expect(await Promise.all([current(), current()])).toEqual([shippedPrior, shippedPrior])
  expect(used).toHaveBeenCalledTimes(1)
  nowMs = 30_000
  used.mockRejectedValueOnce(new Error('away'))
  await expect(current()).rejects.toThrow('away')
  expect(await current()).toBe(shippedPrior)
  expect(used).toHaveBeenCalledTimes(3)
})
