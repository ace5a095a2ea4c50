import { expect, test } from 'vitest'
import { memoryOf } from './process-memory.ts'

test('services of one process are counted once, as core', () => {
  const { pid } = process
  const memory = memoryOf({ search: { pid }, latest: { pid } })
  expect(Object.keys(memory)).toEqual(['core'])
  expect(memory.core).toBeGreaterThan(10)
})

test('a process that is gone counts nothing', () => {
  expect(memoryOf({ edge: { pid: 2 ** 22 + 1 } })).toEqual({})
})
