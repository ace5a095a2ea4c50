// Field errors by production: rates of each group with their intervals, and which groups stand out. Pure.
import type { Cohort, FieldErrorQuestion } from './port.ts'
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

export function analyseFieldErrors(question: FieldErrorQuestion, cohorts: readonly Cohort[]): FieldErrors {
  const all = sum(cohorts)
  const pValues = cohorts.map((cohort) => excess(cohort, all))
  const adjusted = holm(pValues.filter((p) => p !== undefined))
  const groups = cohorts.map((cohort, index): FieldErrorGroup => {
    const pValue = pValues[index]
    const adjustedPValue = pValue === undefined ? undefined : adjusted.shift()
    return {
      ...cohort,
      affectedPer1000Bikes: scaled(
        cohort.affected,
        cohort.bikes,
        proportionInterval(cohort.affected, cohort.bikes),
      ),
      affectedPer1000Km: perThousandKm(cohort.affected, cohort.kmAtRisk),
      faultsPer1000Km: perThousandKm(cohort.faults, cohort.km),
      pValue,
      adjustedPValue,
      outlier: adjustedPValue !== undefined && adjustedPValue < familyWiseAlpha,
    }
  })
  return {
    question,
    groups: groups.sort(byRate),
    tested: pValues.filter((p) => p !== undefined).length,
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

function scaled(hits: number, trials: number, { from, until }: Interval): Rate {
  return { rate: (hits / trials) * 1_000, from: from * 1_000, until: until * 1_000 }
}

function byRate(a: FieldErrorGroup, b: FieldErrorGroup): number {
  const rank = ({ group, affectedPer1000Km }: FieldErrorGroup) =>
    group === undefined ? -2 : (affectedPer1000Km?.rate ?? -1)
  return rank(b) - rank(a) || (a.group ?? '').localeCompare(b.group ?? '', 'en', { numeric: true })
}
