import { expect, test } from 'vitest'
import {
  grantConsent,
  mostGivenADay,
  planGiving,
  planGrant,
  planWithdrawal,
  withdrawConsent,
} from './consents.ts'
import type { ConsentRefusal, ConsentStore, KnownConsent, Stretch } from './port.ts'

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

const known: KnownConsent = { stretches: [], nowUs, textVersion: '2', givenToday: 0 }
const asked = { textVersion: '2', by: 'rider' }

test('the first consent is kept with the text that was shown, from its time on', () => {
  expect(planGiving(known, asked)).toEqual({
    change: {
      stretches: [stretch(30_000, open)],
      act: { act: 'given', effectiveFromMs: 30, textVersion: '2', by: 'rider' },
      dropsResearchKey: false,
    },
  })
})

const given = { ...known, stretches: [stretch(10_000, open)], givenVersion: '2' }
test.each<[string, KnownConsent, object, boolean]>([
  ['what is given already is no act', given, asked, false],
  ['the console consents to the newest text', given, { by: 'console:eva' }, false],
  ['a newer text is consented to anew', { ...given, givenVersion: '1' }, asked, true],
  ['a text after none was kept', { ...given, givenVersion: undefined }, asked, true],
  ['reaching further back is an act', given, { ...asked, fromMs: 5 }, true],
  ['reaching less far back is none', given, { ...asked, fromMs: 15 }, false],
])('%s', (_, before, by, isAct) => {
  const planned = planGiving(before, by as typeof asked)
  expect('change' in planned && planned.change !== undefined).toBe(isAct)
})

test.each<[string, KnownConsent, object, ConsentRefusal]>([
  ['a text that is not the newest', known, { textVersion: '1' }, 'text_outdated'],
  ['a consent that begins in the future', known, { fromMs: 30.001 }, 'consent_in_future'],
  ['a change of mind too many', { ...known, givenToday: mostGivenADay }, {}, 'too_many_consents'],
])('%s is refused', (_, before, more, refused) => {
  expect(planGiving(before, { ...asked, ...more })).toEqual({ refused })
})

test.each<[string, Stretch[], Stretch[]]>([
  ['an open consent ends now', [stretch(10_000, open)], [stretch(10_000, 30_000)]],
  ['what ended before stays', [stretch(10_000, 20_000)], [stretch(10_000, 20_000)]],
  ['one that begins after the clock is none', [stretch(1, 2), stretch(40_000, open)], [stretch(1, 2)]],
])('%s', (_, known, expected) => {
  expect(planWithdrawal(known, nowUs)).toEqual(expected)
})

function memoryStore() {
  const kept: { stretches: readonly Stretch[]; acts: string[] } = { stretches: [], acts: [] }
  const store: Pick<ConsentStore, 'change'> = {
    change: async (_, plan) => {
      const changed = plan({ ...known, stretches: kept.stretches, givenVersion: '2' })
      if (changed === undefined) return
      kept.stretches = changed.stretches
      kept.acts.push(changed.act.act)
    },
  }
  return { kept, store }
}

test('a withdrawal tells whether there was something to withdraw, and is an act only then', async () => {
  const { kept, store } = memoryStore()
  const anna = { riderId: 'anna', purpose: 'research', by: 'rider' } as const
  expect(await withdrawConsent(store, anna)).toBe(false)
  expect(await grantConsent(store, { ...anna, from: new Date(10) })).toBeUndefined()
  expect(await withdrawConsent(store, anna)).toBe(true)
  expect(await withdrawConsent(store, anna)).toBe(false)
  expect(kept).toEqual({ stretches: [stretch(10_000, 30_000)], acts: ['given', 'withdrawn'] })
})

test('a refused consent changes nothing', async () => {
  const { kept, store } = memoryStore()
  const early = { riderId: 'anna', purpose: 'product', by: 'rider', textVersion: '1' } as const
  expect(await grantConsent(store, early)).toBe('text_outdated')
  expect(kept).toEqual({ stretches: [], acts: [] })
})

test.each(['research', 'product'] as const)(
  'a withdrawal from %s drops the key of the names in research only there',
  async (purpose) => {
    const dropped: (boolean | undefined)[] = []
    const store: Pick<ConsentStore, 'change'> = {
      change: async (_, plan) =>
        void dropped.push(plan({ ...known, stretches: [stretch(10_000, open)] })?.dropsResearchKey),
    }
    await withdrawConsent(store, { riderId: 'anna', purpose, by: 'rider' })
    expect(dropped).toEqual([purpose === 'research'])
  },
)
