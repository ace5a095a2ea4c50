import { expect, test } from 'vitest'
import { createTurns, inParallel, inSlices, samplesAtOnce } from './slices.ts'

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

test('no more work is begun at once than told, and each item is done once', async () => {
  let atOnce = 0
  let most = 0
  const done: number[] = []
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++atOnce)
    await new Promise(setImmediate)
    atOnce--
    done.push(item)
  })
  expect(most).toBe(2)
  expect(done).toEqual([1, 2, 3, 4, 5])
})

test('after a failure no more items are taken, and what was begun has ended', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    begun.push(item)
    if (item === 1) throw new Error('first')
    await new Promise(setImmediate)
    ended.push(item)
  })
  await expect(work).rejects.toThrow('first')
  expect(begun).toEqual([1, 2])
  expect(ended).toEqual([2])
})
