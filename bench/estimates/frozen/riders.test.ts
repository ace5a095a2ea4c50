import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { richerHabits } from '../richer.ts'
import { createJudgedRider, plainHabits } from './riders.ts'

const digest = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)

test('the rides that judge estimates are the same as on the day they were frozen', () => {
  const { rides, toHills } = createJudgedRider({ seed: 20261129, index: 30, habitsOf: () => plainHabits })
  expect([rides.length, toHills.length]).toEqual([40, 15])
  expect(digest([rides, toHills])).toBe('4e883578a151d581')
})

test('in the richer world the same rider rides as long, in wind', () => {
  const of = { seed: 20261129, index: 30 }
  const plain = createJudgedRider({ ...of, habitsOf: () => plainHabits }).rides
  const richer = createJudgedRider({ ...of, habitsOf: richerHabits }).rides
  expect(richer.map(({ elapsedS, massKg }) => [elapsedS, massKg])).toEqual(
    plain.map(({ elapsedS, massKg }) => [elapsedS, massKg]),
  )
  expect(plain.every(({ headwind }) => headwind.meanSquare === 0)).toBe(true)
  expect(richer.every(({ headwind }) => headwind.meanSquare > 0)).toBe(true)
})
