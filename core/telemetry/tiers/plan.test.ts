import { expect, test } from 'vitest'
import { isFragmented, planSnapshots, planSteps, tierRules as rules, tierOf, watch } from './plan.ts'
import type { Snapshot, StoredIndex } from './port.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 10, 30)
const index = (name: string, endedDaysAgo: number, more: Partial<StoredIndex> = {}): StoredIndex => ({
  ...{ name, endMs: nowMs - endedDaysAgo * dayMs, tier: 'hot', segments: [1_000], writes: 7 },
  ...more,
})
const quiet = (indices: readonly StoredIndex[]) => watch(new Map(), indices, nowMs - rules.quietMs)
const stepsOf = (indices: readonly StoredIndex[], watched = quiet(indices)) =>
  planSteps(indices, { watched, rules, nowMs })

test.each([
  [[], false],
  [[1_000], false],
  [[1_000, 3, 2], false],
  [[900, 60], true],
  [[3, 50, 50], true],
  [[1_000_000, ...Array<number>(8).fill(1)], false],
  [[1_000_000, ...Array<number>(9).fill(1)], true],
])('segments of %j documents are worth a merge: %s', (segments, expected) => {
  expect(isFragmented({ segments })).toBe(expected)
})

test.each([
  [-10, 'hot'],
  [59, 'hot'],
  [60, 'warm'],
  [399, 'warm'],
  [400, 'cold'],
])('a month that ended %d days ago belongs to %s', (days, tier) => {
  expect(tierOf(index('a', days), rules, nowMs)).toBe(tier)
})

test('quiet is what no write has changed since it was seen first', () => {
  const [still, busy] = [index('still', 5), index('busy', 5)]
  const before = watch(new Map(), [still, busy, index('gone', 5)], 1_000)
  const after = watch(before, [still, { ...busy, writes: 8 }, index('new', 5)], 2_000)
  expect([...after].map(([name, { sinceMs }]) => [name, sinceMs])).toEqual([
    ['still', 1_000],
    ['busy', 2_000],
    ['new', 2_000],
  ])
})

test('a quiet month is merged before it moves, one at a time, the oldest first', () => {
  const fragmented = { segments: [500, 500] }
  const indices = [index('young', 70, fragmented), index('old', 80, fragmented)]
  expect(stepsOf(indices)).toEqual([{ type: 'merge', index: 'old' }])
})

test('a month that late samples keep awake moves as it is, and is merged once it is quiet', () => {
  const awake = index('awake', 70, { segments: [500, 500] })
  expect(stepsOf([awake], watch(new Map(), [awake], nowMs))).toEqual([
    { type: 'move', index: 'awake', tier: 'warm' },
  ])
  expect(stepsOf([{ ...awake, tier: 'warm' }])).toEqual([{ type: 'merge', index: 'awake' }])
})

test('a month that has not ended is left alone, and so is one that is where it belongs', () => {
  const fragmented = { segments: [500, 500] }
  expect(
    stepsOf([index('now', -3, fragmented), index('old', 500, { tier: 'cold' }), index('recent', 5)]),
  ).toEqual([])
})

test('some months move at a time, and come back where somebody moved them by hand', () => {
  const indices = Array.from({ length: 9 }, (_, n) => index(`m${n}`, 500 - n))
  expect(stepsOf(indices).map((step) => step.index)).toEqual(['m0', 'm1', 'm2', 'm3'])
  expect(stepsOf([index('a', 10, { tier: 'cold' })])).toEqual([{ type: 'move', index: 'a', tier: 'hot' }])
})

const snapshot = (name: string, daysAgo: number, state: Snapshot['state'] = 'whole'): Snapshot => ({
  ...{ name, state, startedAtMs: nowMs - daysAgo * dayMs },
})
const snapshotsOf = (snapshots: readonly Snapshot[]) => planSnapshots(snapshots, { rules, nowMs })

test.each([
  ['without any', [], { begin: true, ageMs: undefined }],
  ['after a day', [snapshot('a', 1)], { begin: true, ageMs: dayMs }],
  ['not before', [snapshot('a', 0.9)], { begin: false }],
  ['not beside another one', [snapshot('a', 2), snapshot('b', 0, 'under way')], { begin: false }],
  ['after a broken one', [snapshot('a', 1.5), snapshot('b', 0.5, 'broken')], { begin: true }],
])('a snapshot is begun %s', (_, snapshots, expected) => {
  expect(snapshotsOf(snapshots)).toMatchObject(expected)
})

test('old and broken ones go, but never the newest whole one, nor the last', () => {
  const kept = [snapshot('old', 31), snapshot('broken', 3, 'broken'), snapshot('whole', 2)]
  expect(snapshotsOf([...kept, snapshot('fallen', 1, 'broken')]).remove).toEqual(['old', 'broken'])
  expect(snapshotsOf([snapshot('only', 90), snapshot('fallen', 1, 'broken')]).remove).toEqual([])
  expect(snapshotsOf([snapshot('stays', 40), snapshot('going on', 35, 'under way')]).remove).toEqual([])
})

test('of many broken ones, as a broken repository has them, the last one stays', () => {
  const broken = ['a', 'b', 'c'].map((name) => snapshot(name, 1, 'broken'))
  expect(snapshotsOf(broken).remove).toEqual(['a', 'b'])
  expect(snapshotsOf([snapshot('whole', 2), ...broken]).remove).toEqual(['a', 'b'])
})
