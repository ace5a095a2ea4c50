import { expect, test } from 'vitest'
import { locks } from './leadership.ts'

test('no two locks have one number', () => {
  expect(new Set(Object.values(locks)).size).toBe(Object.keys(locks).length)
})
