// Field errors by production: rates of each group with their intervals, and which groups stand out.
import { cohortRules, cohortsOf } from './cohorts.ts'
import type { Cohort, CohortReader, FieldErrorQuestion } from './port.ts'
import { countInterval, excessProbability, holm, type Interval, proportionInterval } from './statistics.ts'

/** The probability that a group is flagged at all when none is worse than the others. */
export const familyWiseAlpha = 0.01

/** `rate` and its 95 % interval. */
export interface Rate extends Interval {
  readonly rate: number
}

export interface FieldErrorGroup extends Cohort {
  readonly affectedPer1000Bikes: Rate
  /** Undefined where no way was seen. */
  readonly affectedPer1000Km: Rate | undefined
  /** Faults of one bike are not independent: the interval is too narrow where few bikes have many. */
  readonly faultsPer1000Km: Rate | undefined
  /** That the group has more affected bikes by distance than all others, by chance; undefined where not tested. */
  readonly pValue: number | undefined
  /** Corrected for the number of groups tested. */
  readonly adjustedPValue: number | undefined
  readonly outlier: boolean
}

export interface FieldErrors {
  readonly question: FieldErrorQuestion
  /** Highest rate of affected bikes by distance first; the rest of small groups last. */
  readonly groups: readonly FieldErrorGroup[]
  readonly tested: number
  /** Of all groups together. */
  readonly affectedPer1000Km: Rate | undefined
}

/** Undefined when there is no such type of component. */
export async function readFieldErrors(
  reader: CohortReader,
  question: FieldErrorQuestion,
): Promise<FieldErrors | undefined> {
  const groups = await reader.cohorts(question, cohortRules)
  return groups && analyseFieldErrors(question, cohortsOf(groups))
}

/**
 * Two groups of 100 bikes and 50,000 km, one with 2 and one with 30 affected bikes → the latter first, 0.6 per 1,000 km,
 * an outlier.
 */
export function analyseFieldErrors(question: FieldErrorQuestion, cohorts: readonly Cohort[]): FieldErrors {
  const all = sum(cohorts)
  const tests = cohorts.flatMap((cohort) => {
    const pValue = excess(cohort, all)
    return pValue === undefined ? [] : [{ cohort, pValue }]
  })
  const adjusted = holm(tests.map(({ pValue }) => pValue))
  const tested = new Map(
    tests.map(({ cohort, pValue }, index) => [cohort, { pValue, adjusted: adjusted[index] }]),
  )
  const groups = cohorts.map((cohort): FieldErrorGroup => {
    const { bikes, km, kmAtRisk, affected, faults } = cohort
    const { pValue, adjusted: adjustedPValue } = tested.get(cohort) ?? {}
    return {
      ...cohort,
      affectedPer1000Bikes: perThousandBikes(affected, bikes),
      affectedPer1000Km: perThousandKm(affected, kmAtRisk),
      faultsPer1000Km: perThousandKm(faults, km),
      pValue,
      adjustedPValue,
      outlier: adjustedPValue !== undefined && adjustedPValue < familyWiseAlpha,
    }
  })
  return {
    question,
    groups: groups.sort(byRate),
    tested: tests.length,
    affectedPer1000Km: perThousandKm(all.affected, all.kmAtRisk),
  }
}

function sum(cohorts: readonly Cohort[]) {
  return {
    affected: cohorts.reduce((total, { affected }) => total + affected, 0),
    kmAtRisk: cohorts.reduce((total, { kmAtRisk }) => total + kmAtRisk, 0),
  }
}

/** A bike counts once a group, and its way only up to its first fault: many faults of one bike make no outlier. */
function excess({ group, affected, kmAtRisk }: Cohort, all: ReturnType<typeof sum>): number | undefined {
  const otherExposure = all.kmAtRisk - kmAtRisk
  if (group === undefined || kmAtRisk <= 0 || otherExposure <= 0) return undefined
  return excessProbability({
    hits: affected,
    exposure: kmAtRisk,
    otherHits: all.affected - affected,
    otherExposure,
  })
}

function perThousandKm(count: number, km: number): Rate | undefined {
  if (km <= 0) return undefined
  const { from, until } = countInterval(count)
  return { rate: (count / km) * 1_000, from: (from / km) * 1_000, until: (until / km) * 1_000 }
}

function perThousandBikes(affected: number, bikes: number): Rate {
  const { from, until } = proportionInterval(affected, bikes)
  return { rate: (affected / bikes) * 1_000, from: from * 1_000, until: until * 1_000 }
}

function byRate(a: FieldErrorGroup, b: FieldErrorGroup): number {
  const rank = ({ group, affectedPer1000Km }: FieldErrorGroup) =>
    group === undefined ? -2 : (affectedPer1000Km?.rate ?? -1)
  return rank(b) - rank(a) || (a.group ?? '').localeCompare(b.group ?? '', 'en', { numeric: true })
}
