import { expect, test } from 'vitest'
import { createTurns, inSlices, samplesAtOnce } from './slices.ts'

/** The sums of weights between which others got their turn. */
async function slicesOf(weights: readonly number[], most?: number): Promise<number[]> {
  const slices = [0]
  const giveWay = async () => void slices.push(0)
  const turns = createTurns({ giveWay, ...(most !== undefined && { most }) })
  for (const weight of weights) {
    await turns.before(weight)
    slices[slices.length - 1] = (slices.at(-1) ?? 0) + weight
  }
  return slices
}

test.each([
  [[], [0]],
  [[6, 3, 1], [10]],
  [
    [6, 3, 2],
    [9, 2],
  ],
  [
    [11, 1, 11],
    [11, 1, 11],
  ],
  [
    [0, 10, 0, 1],
    [10, 1],
  ],
])('weights of %j make slices of %j, of at most 10', async (weights, slices) => {
  expect(await slicesOf(weights, 10)).toEqual(slices)
})

test('unless told otherwise, a slice is of at most so many samples', async () => {
  expect(await slicesOf([samplesAtOnce - 1, 1, 1])).toEqual([samplesAtOnce, 1])
})

test('others get their turn between slices, and results come in order', async () => {
  const seen: string[] = []
  setImmediate(() => seen.push('another'))
  const work = (item: string) => {
    seen.push(item)
    return item.toUpperCase()
  }
  expect(await inSlices(['a', 'b', 'c'], () => samplesAtOnce / 2, work)).toEqual(['A', 'B', 'C'])
  expect(seen).toEqual(['a', 'b', 'another', 'c'])
})
