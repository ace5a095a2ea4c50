import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uuidBytes, uuidText, uuidV7Bytes } from './ids.ts'

test('bytes and text of an id are the same in both directions, whatever the case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(uuidBytes(uuidText(bytes))).toEqual(bytes)
      expect(uuidBytes(uuidText(bytes).toUpperCase())).toEqual(bytes)
    }),
  )
})

test.each(['', '0192000-00000-7000-8000-000000000001', '01920000-0000-7000-8000-00000000000g'])(
  '%j is no id',
  (text) => {
    expect(() => uuidBytes(text)).toThrow(RangeError)
  },
)

test('new ids tell their time, are all different, and are of version 7', () => {
  const ids = Array.from({ length: 2_000 }, () => uuidV7Bytes(0x0192_0304_0506))
  expect(new Set(ids.map(uuidText)).size).toBe(2_000)
  for (const id of ids) expect(uuidText(id)).toMatch(/^01920304-0506-7[0-9a-f]{3}-[89ab]/)
  const random = ids.map((id) => id[15] as number)
  expect(new Set(random).size).toBeGreaterThan(200)
})
