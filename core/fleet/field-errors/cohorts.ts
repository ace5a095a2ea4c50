// Which bikes and which part of their way an analysis counts, and which groups it may show. Pure.
import type { Cohort, CohortRules, GroupFacts, Members, Way } from './port.ts'

/** A group shows at least so many bikes, and so many riders. */
export const smallestGroup = 5

export const cohortRules: CohortRules = {
  purpose: 'research',
  // 500 km. Nobody rides farther in a day; an odometer that says so was reset or exchanged.
  longestDayCm: 50_000_000,
  membersBelow: smallestGroup,
}

/**
 * Groups with few bikes or few riders are put together as one without a name, which is left out if it is still too small.
 *
 * `A` of 5 bikes, `B` of 4 and `C` of 2, a rider each → `A` of 5, the rest of 6.
 */
export function cohortsOf(groups: readonly GroupFacts[]): Cohort[] {
  const { shown = [], small = [] } = Object.groupBy(groups, (each) => (isSmall(each) ? 'small' : 'shown'))
  const rest = putTogether(small)
  return [...shown.map(cohortOf), ...(isSmall(rest) ? [] : [{ ...cohortOf(rest), group: undefined }])]
}

type Counts = Omit<GroupFacts, 'group' | 'members'>

function isSmall({ bikes, riders }: Counts): boolean {
  return Math.min(bikes, riders) < smallestGroup
}

function cohortOf({ way, bikes, affected, faults, ...facts }: Counts & { group?: string }): Cohort {
  const { beforeFirstFaultKm, onThatDayKm, afterwardsKm } = way
  // A bike is at risk until its first fault. At which hour of its day that came is not looked at.
  const kmAtRisk = beforeFirstFaultKm + onThatDayKm
  return { group: facts.group, bikes, km: kmAtRisk + afterwardsKm, kmAtRisk, affected, faults }
}

/** A bike may have carried components of several groups: it counts once, its way in each of them. */
function putTogether(groups: readonly GroupFacts[]): Counts {
  const different = (key: keyof Members) => new Set(groups.flatMap((group) => membersOf(group)[key])).size
  const km = (key: keyof Way) => groups.reduce((sum, { way }) => sum + way[key], 0)
  return {
    bikes: different('bikeIds'),
    riders: different('riderIds'),
    affected: different('affectedBikeIds'),
    faults: groups.reduce((sum, { faults }) => sum + faults, 0),
    way: {
      beforeFirstFaultKm: km('beforeFirstFaultKm'),
      onThatDayKm: km('onThatDayKm'),
      afterwardsKm: km('afterwardsKm'),
    },
  }
}

function membersOf({ group, members }: GroupFacts): Members {
  if (members === undefined) throw new Error(`the members of the small group ${group} are not known`)
  return members
}
