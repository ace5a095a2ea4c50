// How much a European fleet uploads at a moment, as a multiple of its mean over the year. Pure. The tables are assumptions of
// ours, made of common knowledge: who commutes rides at seven and at five, leisure rides on warm weekends.

/** By hour of local time, any scale. */
const workday = [
  2, 1, 1, 1, 3, 12, 45, 95, 80, 40, 32, 36, 42, 40, 42, 58, 88, 100, 78, 52, 34, 22, 12, 5,
] as const
const weekend = [
  4, 2, 1, 1, 1, 3, 8, 18, 34, 58, 82, 94, 90, 92, 100, 98, 88, 72, 54, 38, 26, 18, 12, 7,
] as const

/** By month, January first, any scale. */
const months = [32, 36, 62, 92, 122, 138, 140, 136, 116, 84, 48, 34] as const

/** How many times as much as on a working day. */
const weekendFactor = 0.9

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** So that the mean over a year's hours is 1. */
const meanOfMonths = mean(months)
const meanOfWeek = (5 + 2 * weekendFactor) / 7

/** `weekday` 0 is Sunday, `month` 0 is January; `hour` may be broken, 7.5 is half past seven. */
export function demandOf(of: { month: number; weekday: number; hour: number }): number {
  const { month, weekday, hour } = of
  const isWeekend = weekday === 0 || weekday === 6
  const hours = isWeekend ? weekend : workday
  const ofHour = between(hours, hour) / mean(hours)
  const ofDay = (isWeekend ? weekendFactor : 1) / meanOfWeek
  const ofMonth = (months[month] as number) / meanOfMonths
  return ofHour * ofDay * ofMonth
}

/** A whole day from midnight to midnight; `share` from 0 to 1. */
export function demandOfDay(date: Date): (share: number) => number {
  const day = { month: date.getUTCMonth(), weekday: date.getUTCDay() }
  return (share) => demandOf({ ...day, hour: 24 * share })
}

/** A value stands for the middle of its hour, and the day closes into itself. */
function between(hours: readonly number[], hour: number): number {
  const at = (hour + 23.5) % 24
  const before = Math.floor(at)
  const rest = at - before
  return (hours[before] as number) * (1 - rest) + (hours[(before + 1) % 24] as number) * rest
}
