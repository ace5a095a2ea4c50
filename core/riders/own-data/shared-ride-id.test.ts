import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSharedRideId, sharedRideId } from './shared-ride-id.ts'

const keys = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array]
const [key, other] = keys

test('an id leads back to its moment under its own key, and to nothing under another one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (fromMs) => {
      const id = sharedRideId(fromMs, key)
      expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect(sharedRideId(fromMs, key)).toBe(id)
      expect([readSharedRideId(id, key), readSharedRideId(id, other)]).toEqual([fromMs, undefined])
    }),
  )
})

test('ids of moments that follow each other have nothing in common, and a changed digit is noticed', () => {
  const [first = '', second = ''] = [0, 1].map((ms) => sharedRideId(1_764_489_600_000 + ms, key))
  const equal = [...first].filter((digit, at) => digit === second[at]).length
  expect(equal).toBeLessThan(10)
  for (let at = 0; at < 32; at++) {
    const digit = first[at] === '0' ? '1' : '0'
    expect(readSharedRideId(first.slice(0, at) + digit + first.slice(at + 1), key)).toBeUndefined()
  }
})

test.each(['', 'x'.repeat(32), 'ab'.repeat(15), 'ab'.repeat(17)])('%s is no id', (id) => {
  expect(readSharedRideId(id, key)).toBeUndefined()
})
