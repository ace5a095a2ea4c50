import { expect, test } from 'vitest'
import {
  admissionOf,
  afterBlock,
  createNewPartitions,
  mostGenerations,
  type NewPartitions,
  partitionOf,
  upcoming,
} from './partitions.ts'

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

test.each([
  ['2025-12-29T23:59:59Z', ['ride 2025-12', 'system 2025-12']],
  ['2025-12-30T00:00:00Z', ['ride 2025-12', 'system 2025-12', 'ride 2026-01', 'system 2026-01']],
])('on %s the partitions %j are made before their samples come', (now, expected) => {
  const named = upcoming(Date.parse(now)).map(
    ({ group, fromMs }) => `${group} ${new Date(fromMs).toISOString().slice(0, 7)}`,
  )
  expect(named).toEqual(expected)
})

const month = (number: number) => partitionOf('ride', Date.UTC(2000, number))
const waits = 'its partition is being made'

/** Makes all that is asked for, and returns in what order. */
function makeAll(partitions: NewPartitions, refusal?: string) {
  const made: number[] = []
  for (let next = partitions.next(); next !== undefined; next = partitions.next()) {
    partitions.tried(next, refusal)
    made.push(new Date(next.fromMs).getUTCFullYear() * 12 + new Date(next.fromMs).getUTCMonth() - 24_000)
  }
  return made
}

test('a partition that is asked for is made once, however often it is asked for', () => {
  const partitions = createNewPartitions(() => 0)
  for (const number of [3, 1, 3]) expect(partitions.ask(month(number), ['anna'])).toBe(waits)
  expect(makeAll(partitions)).toEqual([3, 1])
})

test('one upload with 60 unknown months is served beside others, not before them', () => {
  const partitions = createNewPartitions(() => 0)
  for (let i = 0; i < 40; i++) partitions.ask(month(i), ['anna'])
  partitions.tried(month(0), undefined)
  partitions.ask(month(100), ['ben'])
  expect(makeAll(partitions).slice(0, 3)).toEqual([100, 1, 2])
})

test('a sender opens 48 a day; who shares a month with another opens it all the same', () => {
  let nowMs = 0
  const partitions = createNewPartitions(() => nowMs)
  for (let i = 0; i < 48; i++) expect(partitions.ask(month(i), ['anna'])).toBe(waits)
  expect(partitions.ask(month(48), ['anna'])).toContain('48 new partitions today')
  expect(partitions.ask(month(47), ['anna'])).toBe(waits)
  expect(partitions.ask(month(48), ['anna', 'ben'])).toBe(waits)
  expect(makeAll(partitions)).toHaveLength(49)
  nowMs = 86_400_000
  expect(partitions.ask(month(49), ['anna'])).toBe(waits)
})

test('no more than 200 wait at once; there is room again when they are made', () => {
  const partitions = createNewPartitions(() => 0)
  for (let i = 0; i < 200; i++) expect(partitions.ask(month(i), [`sender ${i}`])).toBe(waits)
  expect(partitions.ask(month(200), ['eve'])).toBe('other new partitions come first')
  makeAll(partitions)
  expect(partitions.ask(month(200), ['eve'])).toBe(waits)
})

test('one that the engine has no room for says so, is tried again while it is asked for, and costs no share', () => {
  let nowMs = 0
  const partitions = createNewPartitions(() => nowMs)
  partitions.ask(month(0), ['anna'])
  expect(makeAll(partitions, 'too many shards')).toEqual([0])
  expect(partitions.ask(month(0), ['anna'])).toBe('too many shards')
  // Others are made meanwhile.
  partitions.ask(month(1), ['anna'])
  expect(makeAll(partitions)).toEqual([1])
  nowMs = 10_000
  expect(makeAll(partitions, 'too many shards')).toEqual([0])
  nowMs = 20_000
  expect(makeAll(partitions)).toEqual([])
  for (let i = 2; i < 49; i++) expect(partitions.ask(month(i), ['anna'])).toBe(waits)
  expect(partitions.ask(month(49), ['anna'])).toContain('48 new partitions')
})
