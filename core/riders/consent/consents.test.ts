import { expect, test } from 'vitest'
import { grantConsent, planGrant, planWithdrawal, withdrawConsent } from './consents.ts'
import type { ConsentStore, Stretch } from './port.ts'

const open = Number.POSITIVE_INFINITY
const stretch = (fromUs: number, untilUs: number): Stretch => ({ fromUs, untilUs })
const nowUs = 30_000

test.each<[string, Stretch[], number | undefined, Stretch[]]>([
  ['a first consent begins now', [], undefined, [stretch(30_000, open)]],
  ['a first consent since then', [], 15, [stretch(15_000, open)]],
  ['a consent that is open stays', [stretch(10_000, open)], undefined, [stretch(10_000, open)]],
  ['an open one reaches further back', [stretch(10_000, open)], 5, [stretch(5_000, open)]],
  ['an open one does not become shorter', [stretch(10_000, open)], 15, [stretch(10_000, open)]],
  [
    'the stretch without consent stays out',
    [stretch(10_000, 20_000)],
    undefined,
    [stretch(10_000, 20_000), stretch(30_000, open)],
  ],
  [
    'unless the rider reaches back into the former one',
    [stretch(10_000, 20_000)],
    15,
    [stretch(10_000, open)],
  ],
  ['or before it', [stretch(10_000, 20_000)], 5, [stretch(5_000, open)]],
  [
    'one that begins where the former ends is another row',
    [stretch(10_000, 20_000)],
    20,
    [stretch(10_000, 20_000), stretch(20_000, open)],
  ],
  [
    'a clock that was put back does not reach into what was withdrawn',
    [stretch(10_000, 40_000)],
    undefined,
    [stretch(10_000, 40_000), stretch(40_000, open)],
  ],
  ['now is not the future', [], 30, [stretch(30_000, open)]],
])('%s', (_, known, fromMs, expected) => {
  expect(planGrant(known, { nowUs, fromMs })).toEqual(expected)
})

test('a consent cannot begin in the future', () => {
  expect(() => planGrant([], { nowUs, fromMs: 30.001 })).toThrow('future')
})

test.each<[string, Stretch[], Stretch[]]>([
  ['an open consent ends now', [stretch(10_000, open)], [stretch(10_000, 30_000)]],
  ['what ended before stays', [stretch(10_000, 20_000)], [stretch(10_000, 20_000)]],
  ['one that begins after the clock is none', [stretch(1, 2), stretch(40_000, open)], [stretch(1, 2)]],
])('%s', (_, known, expected) => {
  expect(planWithdrawal(known, nowUs)).toEqual(expected)
})

test('a withdrawal tells whether there was something to withdraw', async () => {
  let kept: readonly Stretch[] = []
  const store: ConsentStore = {
    change: async (_, plan) => {
      kept = plan(kept, nowUs)
    },
  }
  const anna = { riderId: 'anna', purpose: 'analytics' } as const
  expect(await withdrawConsent(store, anna)).toBe(false)
  await grantConsent(store, { ...anna, from: new Date(10) })
  expect(await withdrawConsent(store, anna)).toBe(true)
  expect(await withdrawConsent(store, anna)).toBe(false)
  expect(kept).toEqual([stretch(10_000, 30_000)])
})
