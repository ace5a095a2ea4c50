import { expect, test } from 'vitest'
import { createStreamSlots } from './stream-slots.ts'

test('a caller has its own bound, and all together have one', () => {
  const slots = createStreamSlots({ total: 3, perCaller: 2 })
  const leave = slots.enter('anna')
  expect([slots.enter('anna'), slots.enter('anna')].map(Boolean)).toEqual([true, false])
  expect([slots.enter('ben'), slots.enter('cleo')].map(Boolean)).toEqual([true, false])
  leave?.()
  expect(slots.enter('cleo')).toBeDefined()
})
