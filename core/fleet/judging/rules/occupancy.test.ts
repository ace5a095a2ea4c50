import { expect, test } from 'vitest'
import { bike, bikeIds, component, day, fleet, madeMs, stay } from '../../testing/rule-case.ts'
import { changed, delivered, fitted, made, named, removed, swapped } from '../../testing/statements.ts'
import type { InstallationFact, PendingMove } from '../facts.ts'
import { createWorkingFacts } from '../working-facts.ts'
import { bikeName, fittingOf, type Move, movesOf, removalOf } from './occupancy.ts'

const [then, open] = [madeMs + 9 * day, Number.POSITIVE_INFINITY]
const factsWith = (...installations: InstallationFact[]) => createWorkingFacts({ ...fleet, installations })
const move = (facts: Partial<Move> = {}): Move => ({
  said: { role: 'fitted', slot: 'battery', name: named('BA2') },
  ...{ bikeId: bikeIds.anna, component: component('BA2'), atMs: then, untilMs: open, comesBack: undefined },
  ...facts,
})
const here = (fromMs: number, untilMs = open) => stay('BA2', 'anna', { fromMs, untilMs })
const other = (fromMs: number, untilMs = open) => stay('BA1', 'anna', { fromMs, untilMs })

test.each<[string, InstallationFact[], object, Partial<Move>?]>([
  ['nobody is there', [], { kind: 'new', elsewhere: [], inSlot: [] }],
  ['it is there since before', [here(then - 1)], { kind: 'known' }],
  ['it is there since then', [here(then)], { kind: 'known' }],
  ['it is there since about then', [here(then + day - 1)], { kind: 'known' }],
  ['it is there since long before', [here(then - 9 * day)], { kind: 'known' }],
  ['it is there since later', [here(then + day)], { kind: 'earlier', installation: here(then + day) }],
  ['it was there until then', [here(1, then)], { kind: 'new', elsewhere: [], inSlot: [] }],
  ['it was there until just after', [here(1, then + 1)], { kind: 'known' }],
  [
    'it is in another slot',
    [{ ...here(1), slot: 'battery_2' }],
    { kind: 'new', elsewhere: [{ ...here(1), slot: 'battery_2' }], inSlot: [] },
  ],
  [
    'it is in another bike',
    [stay('BA2', 'ben')],
    { kind: 'new', elsewhere: [stay('BA2', 'ben')], inSlot: [] },
  ],
  ['another is there', [other(1)], { kind: 'new', elsewhere: [], inSlot: [other(1)] }],
  ['another was there until then', [other(1, then)], { kind: 'new', elsewhere: [], inSlot: [] }],
  ['another is in another slot', [{ ...other(1), slot: 'rack' }], { kind: 'new', elsewhere: [], inSlot: [] }],
  [
    'another comes when it leaves',
    [other(then + 5)],
    { kind: 'new', elsewhere: [], inSlot: [] },
    { untilMs: then + 5 },
  ],
  [
    'another comes before it leaves',
    [other(then + 5)],
    { kind: 'new', elsewhere: [], inSlot: [other(then + 5)] },
    { untilMs: then + 6 },
  ],
  [
    'another was there before it is known to be',
    [other(then + 1, then + 2), here(then + 2 * day)],
    { kind: 'new', elsewhere: [here(then + 2 * day)], inSlot: [other(then + 1, then + 2)] },
  ],
  [
    'another was there after it is known to be',
    [here(then + 2 * day, then + 3 * day), other(then + 3 * day)],
    { kind: 'earlier', installation: here(then + 2 * day, then + 3 * day) },
  ],
])('a part is fitted where %s', (_, stays, fitting, facts) => {
  expect(fittingOf(move(facts), factsWith(...stays))).toEqual(fitting)
})

test('what leaves in the same statement takes up no room, unless it comes again', () => {
  const inSlot = (fromMs: number) => {
    const fitting = fittingOf(move(), factsWith(other(fromMs)), component('BA1'))
    return fitting.kind === 'new' ? fitting.inSlot.length : fitting.kind
  }
  expect([inSlot(then - 1), inSlot(then), inSlot(then + 1)]).toEqual([0, 1, 1])
})

const back = (atMs: number, slot = 'battery'): PendingMove => ({
  ...{ role: 'fitted', frameNumber: 'F-ANNA', slot, name: named('BA2'), atMs, eventId: 'e' },
})
const ended = here(1, then + 2 * day)

test.each<[string, InstallationFact[], object, Partial<Move>?]>([
  ['is there', [here(1)], { kind: 'new', installation: here(1) }],
  ['is there since then', [here(then)], { kind: 'absent' }],
  ['is there since just before', [here(then - 1)], { kind: 'new', installation: here(then - 1) }],
  ['was there until then', [here(1, then)], { kind: 'known' }],
  ['was there until about then', [here(1, then - day + 1)], { kind: 'known' }],
  ['was there until about then, later', [here(1, then + day - 1)], { kind: 'known' }],
  ['was there until a day before', [here(1, then - day)], { kind: 'absent' }],
  [
    'was there until a day after',
    [here(1, then + day)],
    { kind: 'other_time', installation: here(1, then + day) },
  ],
  ['comes and goes after', [here(then, then + 5)], { kind: 'absent' }],
  ['is in another slot', [{ ...here(1), slot: 'battery_2' }], { kind: 'absent' }],
  ['is another', [other(1)], { kind: 'absent' }],
  [
    'comes back',
    [ended],
    { kind: 'between', installation: ended, comesBack: back(then + 5) },
    { comesBack: back(then + 5) },
  ],
  [
    'comes back to another slot',
    [ended],
    { kind: 'other_time', installation: ended },
    { comesBack: back(then + 5, 'rack') },
  ],
  [
    'comes back after its end',
    [ended],
    { kind: 'other_time', installation: ended },
    { comesBack: back(then + 2 * day) },
  ],
])('a part is removed that %s', (_, stays, removal, facts) => {
  expect(removalOf(move(facts), factsWith(...stays))).toEqual(removal)
})

test('a removal that names no slot is from any slot', () => {
  const anywhere = move({ said: { role: 'removed', slot: '', name: named('BA2') } })
  const inOther = { ...here(1), slot: 'battery_2' }
  expect(removalOf(anywhere, factsWith(inOther))).toEqual({ kind: 'new', installation: inOther })
})

test('moves are of known components and a known bike, at a time', () => {
  const moved = (said: Parameters<typeof movesOf>[0]) =>
    movesOf(said, createWorkingFacts(fleet)).map(
      ({ said: { role }, component: { serialNumber } }) => `${role} ${serialNumber}`,
    )
  expect(moved(swapped('BA1', 'BA2'))).toEqual(['removed BA1', 'fitted BA2'])
  expect(moved(swapped('BA1', 'BA9'))).toEqual(['removed BA1'])
  expect(moved(fitted('BA2', 'F-NEW'))).toEqual([])
  expect(moved(changed(fitted('BA2'), { occurredAt: undefined }))).toEqual([])
  expect(moved(delivered(then))).toEqual([])
  expect(moved(made('BA2'))).toEqual([])
})

test('a move knows when the part leaves again, and when it comes back', () => {
  const leaves = { ...back(then + 7), role: 'removed' } as const
  const facts = createWorkingFacts(fleet, [
    back(then),
    back(then + 3),
    leaves,
    { ...back(then + 1), name: named('BA3') },
  ])
  expect(movesOf(removed('BA2'), facts)).toMatchObject([
    { bikeId: bikeIds.anna, atMs: then, untilMs: then + 7, comesBack: back(then + 3) },
  ])
  expect(movesOf(removed('BA2', 'F-BEN'), facts)).toMatchObject([{ untilMs: open, comesBack: undefined }])
})

test('a bike is called by its frame number, or its id', () => {
  expect(bikeName(bike('anna'), 'id')).toBe('F-ANNA')
  expect(bikeName(bike('anna', { frameNumber: undefined }), 'id')).toBe('id')
  expect(bikeName(undefined, 'id')).toBe('id')
})
