import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

test('a caller has its own bound, and all together have one', () => {
  const slots = createSlots({ total: 3, perCaller: 2 })
  const leave = slots.enter('anna')
  expect([slots.enter('anna'), slots.enter('anna')].map(Boolean)).toEqual([true, false])
  expect([slots.enter('ben'), slots.enter('cleo')].map(Boolean)).toEqual([true, false])
  leave?.()
  expect(slots.enter('cleo')).toBeDefined()
})

test('a place is left once, however often that is said', () => {
  const slots = createSlots({ total: 9, perCaller: 2 })
  const leave = slots.enter('anna')
  slots.enter('anna')
  for (let i = 0; i < 3; i++) leave?.()
  expect([slots.enter('anna'), slots.enter('anna')].map(Boolean)).toEqual([true, false])
})
