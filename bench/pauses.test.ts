import { expect, test } from 'vitest'
import { pausesOf } from './pauses.ts'

const changes = [
  { what: 'one joins', atMs: 10_000 },
  { what: 'one leaves', atMs: 30_000 },
]
const wait = (writtenAtMs: number, seconds: number, partition = 0) => ({ writtenAtMs, seconds, partition })

test('the longest wait of each partition counts, from a second before a change to the next', () => {
  const waits = [wait(8_000, 9), wait(9_500, 2), wait(20_000, 1), wait(20_000, 0.5, 1), wait(29_500, 4)]
  expect(pausesOf(changes, waits)).toEqual([
    { worst: 2, median: 2, partitions: 2 },
    { worst: 4, median: 4, partitions: 1 },
  ])
})

test('a change during which nothing was written is an error, not a pause of no length', () => {
  expect(() => pausesOf(changes, [wait(12_000, 1)])).toThrow('no track was written while one leaves')
})
