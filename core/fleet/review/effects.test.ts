import { expect, test } from 'vitest'
import type { Change } from '../judging/changes/changes.ts'
import { bike } from '../testing/rule-case.ts'
import { built, made, sold } from '../testing/statement-fixtures.ts'
import { areSameEffects, effectsOf } from './effects.ts'

const code: Change = { kind: 'issue_code', bikeId: 'b1', codeSha256: 'ab12', soldAtMs: 0, validForMs: 1 }
const sale = sold(1, 'anna', 0)
const gains = {
  who: 'whoever shows the code with SHA-256 ab12',
  change: 'gains',
  what: 'bike b1, by a claim',
}

test('a sale that counts lets somebody claim the bike', () => {
  expect(effectsOf({ event: sale, state: 'applied', changes: [code] })).toEqual([gains])
  expect(effectsOf({ event: sale, state: 'applied', changes: [] })).toMatchObject([{ change: 'gains' }])
  expect(effectsOf({ event: sale, state: 'held', changes: [] })).toEqual([])
  expect(effectsOf({ event: sale, state: 'refused', changes: [] })).toEqual([])
})

test('a bike that becomes another one is taken from its owner, if it has one', () => {
  const changed = (isOwned: boolean): Change => ({ kind: 'change_bike', bike: bike('new', { isOwned }) })
  const event = built(1)
  expect(effectsOf({ event, state: 'applied', changes: [changed(true)] })).toMatchObject([
    { change: 'loses' },
  ])
  expect(effectsOf({ event, state: 'applied', changes: [changed(false)] })).toEqual([])
})

test('a part that was made concerns nobody’s ownership', () => {
  expect(effectsOf({ event: made('battery', 1), state: 'applied', changes: [] })).toEqual([])
})

test('effects are the same by their words, in their order', () => {
  const { who, what } = gains
  const stored = { what, who, change: 'gains' } as const
  expect(areSameEffects([stored], [{ who, change: 'gains', what }])).toBe(true)
  expect(areSameEffects([stored], [{ who, change: 'loses', what }])).toBe(false)
  expect(areSameEffects([stored], [])).toBe(false)
})
