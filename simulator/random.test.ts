import { expect, test } from 'vitest'
import { isUuid } from '../proto/index.ts'
import { createRandom, randomUuid } from './random.ts'

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => Array.from({ length: 50 }, createRandom(seed).next)
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('a fork neither depends on what was drawn before nor changes what comes after', () => {
  const plain = createRandom(3)
  const forked = createRandom(3)
  const early = forked.fork('battery').next()
  expect(forked.next()).toBe(plain.next())
  expect(forked.fork('battery').next()).toBe(early)
})

test('numbers are spread evenly and within their bounds', () => {
  const random = createRandom(1)
  const drawn = Array.from({ length: 4_000 }, () => random.integer(0, 3))
  const counts = [0, 1, 2, 3].map((value) => drawn.filter((one) => one === value).length)
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
})

test('ids are UUIDs', () => {
  const random = createRandom(1)
  const ids = Array.from({ length: 200 }, () => randomUuid(random))
  expect(ids.every(isUuid)).toBe(true)
  expect(new Set(ids).size).toBe(200)
})
