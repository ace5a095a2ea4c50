import { describe, expect, test } from 'vitest'
import { ifMatch, isSame } from './etag.ts'

describe('If-Match as RFC 9110 says', () => {
  test.each([
    ['the tag', '"a"', true],
    ['another tag', '"b"', false],
    ['a list with the tag', '"b", "a"', true],
    ['a list without spaces', '"b","a"', true],
    ['a list with empty members', ', "b",, "a" ,', true],
    ['a list without the tag', '"b", "c"', false],
    ['a weak tag, which is never the same', 'W/"a"', false],
    ['a weak tag beside the strong one', 'W/"a", "a"', true],
    ['a tag that only contains it', '"b, "a" c"', undefined],
    ['a comma in a tag', '"b,a"', false],
    ['whatever there is', '*', true],
    ['a star in a list', '*, "a"', undefined],
    ['no quotes', 'a', undefined],
    ['a small w', 'w/"a"', undefined],
    ['nothing', '', undefined],
  ])('%s: %s', (_, header, expected) => {
    const parsed = ifMatch.safeParse(header)
    expect(parsed.success ? isSame(parsed.data, '"a"') : undefined).toBe(expected)
  })

  test('a long list is read in time that grows with its length', () => {
    const header = `${'"b", '.repeat(20_000)}x`
    const startedMs = performance.now()
    expect(ifMatch.safeParse(header).success).toBe(false)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})
