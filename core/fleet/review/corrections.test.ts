import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foreignJson, foreignWord } from '../../../testkit/foreign-words.ts'
import { mergePatch } from './corrections.ts'

// The examples of RFC 7396, appendix A.
test.each<[JsonValue, JsonValue, JsonValue]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched by %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})

test('a patch cannot reach what every object has', () => {
  const patched = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'))
  expect(Object.getPrototypeOf(patched)).toBe(Object.prototype)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('whatever a patch names is replaced in the copy, and in nothing else', () => {
  const members = fc.dictionary(foreignWord, foreignJson as fc.Arbitrary<JsonValue>, { maxKeys: 4 })
  fc.assert(
    fc.property(members, foreignWord, foreignWord, (target, name, value) => {
      const before = JSON.stringify(target)
      const patched = mergePatch(target, Object.fromEntries([[name, value]])) as JsonObject
      expect(Object.getOwnPropertyDescriptor(patched, name)?.value).toBe(value)
      expect(Object.keys(patched).sort()).toEqual([...new Set([...Object.keys(target), name])].sort())
      expect(JSON.stringify(target)).toBe(before)
      const removed = mergePatch(patched, Object.fromEntries([[name, null]])) as JsonObject
      expect(Object.hasOwn(removed, name)).toBe(false)
    }),
  )
})
