import { expect, test } from 'vitest'
import { admissionOf, afterBlock, mostGenerations, partitionOf } from './partitions.ts'

test.each([
  ['ride', '2025-11-30T23:59:59.999Z', 'ride', '2025-11-01', '2025-12-01'],
  ['ride', '2025-12-01T00:00:00.000Z', 'ride', '2025-12-01', '2026-01-01'],
  ['fault', '2024-02-29T12:00:00.000Z', 'system', '2024-02-01', '2024-03-01'],
] as const)('a %s sample of %s lives in %s from %s to %s', (kind, time, group, from, to) => {
  const expected = { group, fromMs: Date.parse(from), toMs: Date.parse(to) }
  expect(partitionOf(kind, Date.parse(time))).toEqual(expected)
})

test.each([
  [['a'], 'a', 'add a sibling'],
  [['a', 'b'], 'b', 'add a sibling'],
  [['a', 'b'], 'a', 'go on'],
  [[], 'a', 'go on'],
] as const)('of generations %j with %s blocked: %s', (generations, index, step) => {
  expect(afterBlock(generations, index)).toBe(step)
})

test('a partition gets no more than so many siblings', () => {
  const generations = Array.from({ length: mostGenerations }, (_, i) => String(i))
  expect(mostGenerations).toBe(10)
  expect(afterBlock(generations.slice(0, -1), '8')).toBe('add a sibling')
  expect(() => afterBlock(generations, '9')).toThrow('9 is blocked, and so are the 9 generations before it')
})

test.each([
  [true, 0, { type: 'open' }],
  [true, 60_000, { type: 'open' }],
  [false, 59_999, { type: 'closed', forMs: 1 }],
  [false, 60_000, { type: 'open after refresh' }],
])('predecessor closed: %s, sibling %i ms old: %j', (isPredecessorClosed, ageMs, admission) => {
  expect(admissionOf({ isPredecessorClosed, ageMs, knownToAllAfterMs: 60_000 })).toEqual(admission)
})
