import { expect, test } from 'vitest'
import { pagesOf } from './replay.ts'

const limits = { entries: 3, bytes: 100 }

test.each([
  ['nothing', [], []],
  ['small entries', [1, 1, 1, 1, 1], [3, 2]],
  ['large entries', [60, 40, 1, 99, 1], [2, 2, 1]],
  ['an entry larger than a page', [1, 500, 1], [1, 1, 1]],
])('%s: entries of %j bytes go in pages of %j', (_, sizes, pages) => {
  const entries = sizes.map((bytes, i) => ({ id: String(i), bytes }))
  const ids = pagesOf(entries, limits)
  expect(ids.map((page) => page.length)).toEqual(pages)
  expect(ids.flat()).toEqual(entries.map(({ id }) => id))
})
