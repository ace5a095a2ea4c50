import { expect, test } from 'vitest'
import { cohortRules, cohortsOf, smallestGroup } from './cohorts.ts'
import type { GroupFacts } from './port.ts'

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`)
const way = { beforeFirstFaultKm: 100, onThatDayKm: 20, afterwardsKm: 3 }

interface Given {
  readonly group: string
  readonly bikeIds?: readonly string[]
  readonly riderIds?: readonly string[]
  readonly affectedBikeIds?: readonly string[]
}

function facts({ group, ...given }: Given): GroupFacts {
  const { bikeIds = ids(group, 5), riderIds = bikeIds, affectedBikeIds = [] } = given
  const isListed = Math.min(bikeIds.length, riderIds.length) < cohortRules.membersBelow
  return {
    ...{ group, bikes: bikeIds.length, riders: riderIds.length, affected: affectedBikeIds.length },
    ...{ faults: 2 * affectedBikeIds.length, way },
    members: isListed ? { bikeIds, riderIds, affectedBikeIds } : undefined,
  }
}

test('a bike is at risk up to and with the day of its first fault; its way goes on', () => {
  const [cohort] = cohortsOf([facts({ group: 'A', affectedBikeIds: ['A1'] })])
  expect(cohort).toEqual({ group: 'A', bikes: 5, km: 123, kmAtRisk: 120, affected: 1, faults: 2 })
})

const [few, many] = [smallestGroup - 1, smallestGroup]
test.each<[string, number, number, boolean]>([
  ['enough bikes and riders', many, many, true],
  ['a bike too few', few, many, false],
  ['a rider too few', many, few, false],
])('a group of %s', (_, bikes, riders, isShown) => {
  const groups = [facts({ group: 'A', bikeIds: ids('b', bikes), riderIds: ids('r', riders) })]
  expect(cohortsOf(groups).map(({ group }) => group)).toEqual(isShown ? ['A'] : [])
})

test('small groups are put together after the others, and nobody counts twice', () => {
  const cohorts = cohortsOf([
    facts({ group: 'B', bikeIds: ids('b', 4), affectedBikeIds: ['b1', 'b2'] }),
    facts({ group: 'A' }),
    facts({ group: 'C', bikeIds: ['b1', 'c1'], affectedBikeIds: ['b1'] }),
  ])
  expect(cohorts).toEqual([
    { group: 'A', bikes: 5, km: 123, kmAtRisk: 120, affected: 0, faults: 0 },
    { group: undefined, bikes: 5, km: 246, kmAtRisk: 240, affected: 2, faults: 6 },
  ])
})

test.each<[string, Given[]]>([
  [
    'bikes',
    [
      { group: 'B', bikeIds: ids('b', 4), riderIds: ids('r', 9) },
      { group: 'C', bikeIds: ids('b', 3) },
    ],
  ],
  [
    'riders',
    [
      { group: 'B', bikeIds: ids('b', 9), riderIds: ['r1'] },
      { group: 'C', riderIds: ['r1', 'r2'] },
    ],
  ],
])('small groups that have too few %s together are not shown', (_, groups) => {
  expect(cohortsOf(groups.map(facts))).toEqual([])
})

test('a small group without its members is refused, not miscounted', () => {
  const small = { ...facts({ group: 'B', bikeIds: ['b1'] }), members: undefined }
  expect(() => cohortsOf([small])).toThrow('members of the small group B')
})
