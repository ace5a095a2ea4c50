import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

test.each([
  ['/rides?month=2026-11', '/rides?month=2026-11'],
  ['/bikes/../account#top', '/account'],
  [undefined, '/'],
  ['', '/'],
  ['rides', '/'],
  ['//shop.example/', '/'],
  [String.raw`/\shop.example/`, '/'],
  [String.raw`\\shop.example/`, '/'],
  ['/.//shop.example', '/'],
  ['/\t/shop.example', '/'],
  ['https://shop.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?to=/', '/'],
  ['/sign-out', '/'],
  ['/signed-out', '/'],
  [`/${'x'.repeat(500)}`, '/'],
])('%s leads to %s', (asked, path) => {
  expect(returnPath(asked)).toBe(path)
})
