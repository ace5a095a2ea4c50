import { expect, test } from 'vitest'
import { createQueueAge } from './queue-age.ts'

/** Ages in seconds after each of these, as seen 10 s apart. */
function ages(...numbers: (readonly [published: number, messages: number])[]): number[] {
  const age = createQueueAge()
  return numbers.map(([published, messages], i) => age.seen(i * 10_000, { published, messages }))
}

test('an empty queue has no age', () => {
  expect(ages([0, 0], [500, 0], [500, 0])).toEqual([0, 0, 0])
})

test('what nobody takes grows older', () => {
  expect(ages([100, 0], [100, 0], [200, 100], [300, 200], [300, 200])).toEqual([0, 0, 10, 20, 30])
})

test('messages at hand of a fast reader are young, however seldom the queue is seen', () => {
  expect(ages([0, 0], [1_000, 30], [2_000, 30])).toEqual([0, 0.3, 0.3].map((s) => expect.closeTo(s)))
})

test('a reader who catches up is seen to', () => {
  expect(ages([0, 0], [100, 100], [200, 150], [200, 50], [200, 0])).toEqual([0, 10, 15, 15, 0])
})

test('what was there first is as old as it is known, at least', () => {
  expect(ages([900, 50], [900, 50], [950, 100], [950, 50], [950, 20])).toEqual([0, 10, 20, 20, 24])
})

test('numbers that start anew are no reason for a wrong age', () => {
  expect(ages([900, 0], [0, 40], [10, 50], [60, 50])).toEqual([0, 0, 10, 10])
})

test('a queue that is never emptied takes no more and no more memory, and its age stays known', () => {
  const age = createQueueAge()
  let seconds = 0
  for (let i = 0; i <= 5_000; i++) seconds = age.seen(i * 1_000, { published: i, messages: i })
  expect(seconds).toBe(5_000)
  expect(age.seen(5_001_000, { published: 5_001, messages: 2_501 })).toBeCloseTo(2_501, -1)
})
