import { expect, test } from 'vitest'
import { lagOf, startOf } from './offsets.ts'

test.each([
  ['at the committed offset', { committed: 7n, first: 5n, last: 9n }, 7n],
  ['at the end, when all was committed', { committed: 9n, first: 5n, last: 9n }, 9n],
  ['at the first record, when none was committed', { committed: undefined, first: 5n, last: 9n }, 5n],
  ['at the first record, when retention took what was committed', { committed: 4n, first: 5n, last: 9n }, 5n],
  ['at the first record, when the topic was made anew', { committed: 12n, first: 0n, last: 9n }, 0n],
])('a member goes on %s', (_, at, offset) => {
  expect(startOf(at)).toBe(offset)
})

test('lag is what lies behind the committed offset, its age that of the oldest record at hand', () => {
  const positions = {
    committed: new Map([
      ['a.b:0', 4n],
      ['a.b:1', 9n],
      ['a.b:2', 0n],
    ]),
    ends: new Map([['a.b', [9n, 9n, 3n]]]),
    oldestMs: new Map([['a.b:0', 1_000]]),
    nowMs: 3_000,
  }
  expect(lagOf(positions)).toEqual([
    { partition: 0, lag: 5n, ageSeconds: 2 },
    { partition: 1, lag: 0n, ageSeconds: 0 },
    { partition: 2, lag: 3n, ageSeconds: undefined },
  ])
})

test('a clock that is behind makes no record younger than now; an unknown end is no lag', () => {
  const committed = new Map([['t:0', 4n]])
  const oldestMs = new Map([['t:0', 5_000]])
  expect(lagOf({ committed, ends: new Map([['t', [5n]]]), oldestMs, nowMs: 1_000 })).toEqual([
    { partition: 0, lag: 1n, ageSeconds: 0 },
  ])
  expect(lagOf({ committed, ends: new Map(), oldestMs, nowMs: 1_000 })).toEqual([
    { partition: 0, lag: 0n, ageSeconds: 0 },
  ])
})
