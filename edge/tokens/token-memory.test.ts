import { expect, test } from 'vitest'
import type { Identity } from '../ports.ts'
import { createTokenMemory } from './verifier.ts'

function identityOf(bikes: number): Identity {
  const ids = Array.from({ length: bikes }, (_, i) => [`bike ${i}`, new Uint8Array(16)] as const)
  return { subject: 'rider', bikes: new Map(ids) }
}

const add = (memory: ReturnType<typeof createTokenMemory>, token: string, bikes = 1, expiresAtMs = 1_000) =>
  memory.add(token, { identity: identityOf(bikes), expiresAtMs }, 0)

test('a token of many bikes weighs more, and the oldest make room for it', () => {
  const memory = createTokenMemory(50_000)
  for (let i = 0; i < 50; i++) add(memory, `small ${i}`)
  expect(memory.find('small 0', 0)).toBeDefined()
  add(memory, 'large', 60)
  expect(memory.find('small 0', 0)).toBeUndefined()
  expect(memory.find('small 49', 0)).toBeDefined()
  expect(memory.find('large', 0)?.bikes.size).toBe(60)
  expect(memory.bytes).toBeLessThanOrEqual(50_000)
})

test('tokens of 140 bikes stay within 64 MiB, however many they are', () => {
  const memory = createTokenMemory(64 * 1024 * 1024)
  const verified = { identity: identityOf(140), expiresAtMs: 1_000 }
  for (let i = 0; i < 3_000; i++) memory.add(`${i}`.padStart(8_000, '.'), verified, 0)
  expect(memory.bytes).toBeGreaterThan(60_000_000)
  expect(memory.bytes).toBeLessThanOrEqual(64 * 1024 * 1024)
})

test('what has expired goes when it is asked for, or when it is in front and another comes', () => {
  const memory = createTokenMemory(50_000)
  add(memory, 'first', 1, 10)
  add(memory, 'second', 1, 20)
  add(memory, 'third', 1, 1_000)
  const full = memory.bytes
  expect(memory.find('second', 20)).toBeUndefined()
  memory.add('fourth', { identity: identityOf(1), expiresAtMs: 1_000 }, 20)
  expect(memory.bytes).toBeLessThan(full)
  expect(memory.find('first', 0)).toBeUndefined()
  expect(memory.find('third', 20)).toBeDefined()
})

test('a token that comes again is counted once, one beyond the bound not at all', () => {
  const memory = createTokenMemory(50_000)
  add(memory, 'token')
  const once = memory.bytes
  add(memory, 'token')
  expect(memory.bytes).toBe(once)
  add(memory, 'huge', 200)
  expect(memory.find('huge', 0)).toBeUndefined()
})
