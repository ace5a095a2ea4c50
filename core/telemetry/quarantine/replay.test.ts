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

test('unless told otherwise, a page has at most 50 entries and 8 MiB', () => {
  const of = (bytes: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: String(i), bytes }))
  expect(pagesOf(of(1, 51)).map((page) => page.length)).toEqual([50, 1])
  expect(pagesOf(of(4 * 1024 * 1024, 3)).map((page) => page.length)).toEqual([2, 1])
  expect(pagesOf(of(4 * 1024 * 1024 + 1, 2)).map((page) => page.length)).toEqual([1, 1])
})
