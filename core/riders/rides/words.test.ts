import { expect, test } from 'vitest'
import type { RideNote } from './notes-port.ts'
import { wordsOf } from './words.ts'

const ride = { bikeId: 'a', fromMs: 10, untilMs: 20 }
const note = (more: Partial<RideNote>): RideNote => ({
  ...{ bikeId: 'a', atMs: 10, changedAtMs: 1, hidden: false, notMe: false },
  ...more,
})
const silent = { name: undefined, hidden: false, notMe: false }

test.each<[string, RideNote[], object]>([
  ['nobody said anything', [], silent],
  ['the first moment belongs to the ride', [note({ name: 'x' })], { name: 'x' }],
  ['the last one, too', [note({ atMs: 20, notMe: true })], { notMe: true }],
  ['before it is another ride', [note({ atMs: 9, hidden: true })], silent],
  ['behind it is another ride', [note({ atMs: 21, hidden: true })], silent],
  ['another bike is another ride', [note({ bikeId: 'b', hidden: true })], silent],
  [
    'of two that joined, what was said last',
    [note({ atMs: 15, changedAtMs: 2, name: 'new' }), note({ name: 'old', hidden: true })],
    { name: 'new', hidden: false },
  ],
  [
    'of two that were said at once, the earlier moment, in any order',
    [note({ atMs: 15, name: 'b' }), note({ atMs: 12, name: 'a' })],
    { name: 'a' },
  ],
])('%s', (_, notes, words) => {
  expect(wordsOf(ride, notes)).toMatchObject(words)
  expect(wordsOf(ride, notes.toReversed())).toMatchObject(words)
})
