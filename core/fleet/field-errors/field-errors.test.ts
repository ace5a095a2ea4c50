import { expect, test } from 'vitest'
import { analyseFieldErrors } from './field-errors.ts'
import type { Cohort } from './port.ts'

const question = { type: 'battery', by: 'batch', from: '2026-01-01', until: '2027-01-01' } as const

const cohort = (group: string | undefined, facts: Partial<Cohort> = {}): Cohort => ({
  ...{ group, bikes: 100, km: 50_000, affected: 2, faults: 3 },
  kmAtRisk: facts.km ?? 50_000,
  ...facts,
})

test('a group is compared with all others together, and only an excess stands out', () => {
  const { groups, tested } = analyseFieldErrors(question, [
    cohort('good'),
    cohort('bad', { affected: 20, faults: 31 }),
    cohort('better', { affected: 0, faults: 0 }),
    cohort('usual'),
  ])
  expect(tested).toBe(4)
  expect(groups.map(({ group }) => group)).toEqual(['bad', 'good', 'usual', 'better'])
  expect(groups.filter(({ outlier }) => outlier).map(({ group }) => group)).toEqual(['bad'])
  expect(groups[0]).toMatchObject({
    affectedPer1000Bikes: { rate: 200 },
    affectedPer1000Km: { rate: 0.4 },
    faultsPer1000Km: { rate: 0.62 },
  })
})

test('many faults of few bikes make no outlier', () => {
  const { groups } = analyseFieldErrors(question, [
    cohort('one bike', { faults: 400 }),
    cohort('b'),
    cohort('c'),
  ])
  expect(groups.some(({ outlier }) => outlier)).toBe(false)
})

test.each([
  ['the rest of small groups', [cohort('a'), cohort(undefined, { affected: 90 })]],
  ['who rode nowhere', [cohort('a'), cohort('b', { km: 0, affected: 90 })]],
  ['who has nobody to be compared with', [cohort('a', { affected: 90 })]],
])('not tested is %s', (_, cohorts) => {
  const { groups } = analyseFieldErrors(question, cohorts)
  const last = groups.at(-1)
  expect(last).toMatchObject({ pValue: undefined, adjustedPValue: undefined, outlier: false })
})

test('the rest of small groups counts among the others', () => {
  const alone = analyseFieldErrors(question, [cohort('a', { affected: 12 }), cohort('b')])
  const withRest = analyseFieldErrors(question, [
    ...[cohort('a', { affected: 12 }), cohort('b')],
    cohort(undefined, { km: 500_000 }),
  ])
  expect(withRest.groups[0]?.pValue).toBeLessThan(alone.groups[0]?.pValue ?? 0)
})

/** Repeatable: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32
  }
}

const usualFaultsPerKm = 0.000_3

/**
 * A batch of bikes whose first fault comes after an exponential distance. Batches are of any age: of the oldest, two
 * thirds of the bikes have had their fault, and many since.
 */
function ride(group: string, random: () => number, timesUsual = 1): Cohort {
  const bikes = 20 + Math.floor(random() * 800)
  const age = 30 + random() * 3_000
  const sums = { km: 0, kmAtRisk: 0, affected: 0, faults: 0 }
  for (let bike = 0; bike < bikes; bike++) {
    const km = age * 2 * random()
    const faultAt = -Math.log(random()) / (usualFaultsPerKm * timesUsual)
    sums.km += km
    sums.kmAtRisk += Math.min(km, faultAt)
    sums.affected += faultAt < km ? 1 : 0
  }
  return { group, bikes, ...sums, faults: sums.affected * 5 }
}

const batches = (count: number, random: () => number) =>
  Array.from({ length: count }, (_, n) => ride(`batch ${n}`, random))
const flagged = (cohorts: readonly Cohort[]) =>
  analyseFieldErrors(question, cohorts).groups.flatMap(({ group, outlier }) => (outlier ? [group] : []))

test('where no batch is bad, hardly one of a hundred fleets has one flagged', () => {
  const random = randomFrom(7)
  const fleets = Array.from({ length: 400 }, () => batches(40, random))
  // The promise is 1 %; that of 400 fleets 10 have one flagged has a probability below 1 % then.
  expect(fleets.filter((fleet) => flagged(fleet).length > 0).length).toBeLessThan(10)
})

test('a batch with three times the faults is found, and no other is flagged', () => {
  const random = randomFrom(11)
  const found = Array.from({ length: 100 }, () => flagged([...batches(39, random), ride('bad', random, 3)]))
  expect(found.filter((groups) => groups.includes('bad')).length).toBeGreaterThan(95)
  expect(found.filter((groups) => groups.some((group) => group !== 'bad')).length).toBeLessThan(4)
})
