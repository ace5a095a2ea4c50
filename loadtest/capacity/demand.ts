// How much a fleet sends, by month, day and hour: phones as their riders ride, modules evenly. Pure.
import { demandOf } from '../scenarios/european-day.ts'
import type { Load } from './costs.ts'
import type { Parameters } from './parameters.ts'

/** Samples a second. */
export interface Rate {
  readonly phones: number
  readonly modules: number
}

export interface Moment {
  /** 0 is January. */
  readonly month: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly hour: number
}

export const daysPerYear = 365
const secondsPerDay = 86_400

export function samplesPerYear(p: Parameters): Rate {
  return {
    phones: p.bikes * p.recordedShare * p.ridesPerYear * p.minutesPerRide * 60 * p.samplesPerSecond,
    modules: p.bikes * p.moduleShare * p.moduleSamplesPerDay * daysPerYear,
  }
}

export function meanRate(p: Parameters): Rate {
  const year = samplesPerYear(p)
  const seconds = daysPerYear * secondsPerDay
  return { phones: year.phones / seconds, modules: year.modules / seconds }
}

/** Mean of the hour. */
export function rateAt(p: Parameters, { month, weekday, hour }: Moment): Rate {
  const mean = meanRate(p)
  return { phones: mean.phones * demandOf({ month, weekday, hour: hour + 0.5 }), modules: mean.modules }
}

/** Every hour of a working day, a Saturday and a Sunday of each month, with its share of the year. */
export const hoursOfYear: readonly (Moment & { readonly share: number })[] = Array.from(
  { length: 12 * 3 * 24 },
  (_, i) => {
    const weekday = [3, 6, 0][Math.floor(i / 24) % 3] as number
    return {
      month: Math.floor(i / 72),
      weekday,
      hour: i % 24,
      share: (weekday === 3 ? 5 / 7 : 1 / 7) / 12 / 24,
    }
  },
)

/** The busiest hour of the year times the peak factor; modules do not peak. */
export function peakRate(p: Parameters): Rate {
  const hours = hoursOfYear.map((moment) => rateAt(p, moment).phones)
  return { phones: Math.max(...hours) * p.peakFactor, modules: meanRate(p).modules }
}

export function troughRate(p: Parameters): Rate {
  const hours = hoursOfYear.map((moment) => rateAt(p, moment).phones)
  return { phones: Math.min(...hours), modules: meanRate(p).modules }
}

/** The busiest days of so many: what a retention has to hold. */
export function mostSamplesIn(p: Parameters, days: number): Rate {
  const ofMonth = Array.from({ length: 12 }, (_, month) =>
    hoursOfYear
      .filter((each) => each.month === month)
      .reduce((sum, each) => sum + rateAt(p, each).phones * each.share * 12, 0),
  )
  const seconds = days * secondsPerDay
  return { phones: Math.max(...ofMonth) * seconds, modules: meanRate(p).modules * seconds }
}

export function loadOf(p: Parameters, { phones, modules }: Rate): Load {
  return {
    samplesPerSecond: phones + modules,
    tracksPerSecond: phones / p.samplesPerUpload + modules / p.samplesPerMessage,
  }
}
