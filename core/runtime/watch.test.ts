import { expect, test } from 'vitest'
import { createWatch } from './watch.ts'

const never = new AbortController().signal
const long = 3_600_000

test('a change that came before anybody asked is told once', async () => {
  const { watch, raise } = createWatch(() => undefined)
  raise()
  raise()
  await watch.next(long, never)
  let told = false
  const next = watch.next(long, never).then(() => {
    told = true
  })
  await new Promise(setImmediate)
  expect(told).toBe(false)
  raise()
  await next
})

test('without a change it resolves after its time, and when the signal aborts', async () => {
  const { watch } = createWatch(() => undefined)
  await watch.next(1, never)
  await watch.next(long, AbortSignal.abort())
})

test('its end is told to who made it', () => {
  let ended = false
  createWatch(() => {
    ended = true
  }).watch.end()
  expect(ended).toBe(true)
})
