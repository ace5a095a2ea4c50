import { expect, test } from 'vitest'
import { admissionOf, afterBlock, createNewPartitions, mostGenerations, partitionOf } from './partitions.ts'

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

const month = (number: number) => partitionOf('ride', Date.UTC(2000, number))

test('a batch opens four new partitions, the next one four more; asking again for one costs nothing', () => {
  const partitions = createNewPartitions(() => 0)
  for (const number of [0, 1, 2, 3, 3, 0]) expect(partitions.refusal(month(number), ['anna'])).toBeUndefined()
  expect(partitions.refusal(month(4), ['anna'])).toBe('other new partitions come first')
  partitions.startBatch()
  expect(partitions.refusal(month(4), ['anna'])).toBeUndefined()
})

test('a sender opens 48 a day; who shares a month with another opens it all the same', () => {
  let nowMs = 0
  const partitions = createNewPartitions(() => nowMs)
  for (let i = 0; i < 48; i++) {
    partitions.startBatch()
    expect(partitions.refusal(month(i), ['anna'])).toBeUndefined()
  }
  partitions.startBatch()
  expect(partitions.refusal(month(48), ['anna'])).toContain('48 new partitions today')
  expect(partitions.refusal(month(48), ['anna', 'ben'])).toBeUndefined()
  nowMs = 86_400_000
  expect(partitions.refusal(month(49), ['anna'])).toBeUndefined()
})

test('a partition for which the engine had no room costs no share', () => {
  const partitions = createNewPartitions(() => 0)
  for (let i = 0; i < 100; i++) {
    partitions.startBatch()
    expect(partitions.refusal(month(0), ['anna'])).toBeUndefined()
    partitions.failed(month(0))
    partitions.failed(month(0))
  }
  // However often it failed, nobody gains by it.
  for (let i = 0; i < 48; i++) {
    partitions.startBatch()
    expect(partitions.refusal(month(i), ['anna'])).toBeUndefined()
  }
  partitions.startBatch()
  expect(partitions.refusal(month(48), ['anna'])).toContain('48 new partitions')
})
