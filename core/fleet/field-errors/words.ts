// How field errors are worded, wherever people read them.
import { smallestGroup } from './cohorts.ts'
import type { FieldErrorGroup, FieldErrors, Rate } from './field-errors.ts'
import { familyWiseAlpha } from './field-errors.ts'
import type { Grouping } from './port.ts'

const groupingWords: Readonly<Record<Grouping, string>> = {
  week: 'production week',
  plant: 'plant',
  batch: 'production batch',
  hardware: 'hardware revision',
  firmware: 'firmware revision',
}

export const titleOf = ({ question }: FieldErrors) =>
  `Field errors by ${groupingWords[question.by]}: ${question.type.replaceAll('_', ' ')}`

export const groupName = ({ group }: Pick<FieldErrorGroup, 'group'>) =>
  group === undefined ? `other (under ${smallestGroup} each)` : group === '' ? '(not said)' : group

export function scopeOf({ question: { from, until } }: FieldErrors): string {
  return `${from} to before ${until} (UTC), riders who consent to analytics only`
}

export function testOf({ tested }: FieldErrors): string {
  return (
    `Stands out: more affected bikes by distance than all others together, one-sided exact binomial test, ` +
    `Holm-corrected for ${tested} groups, p < ${familyWiseAlpha}.`
  )
}

export const countingRule = 'A bike counts once, its way until its first fault.'

export const whole = (value: number) => Math.round(value).toLocaleString('en')

/** Three significant digits, without exponents. */
export function figure(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', {
    minimumFractionDigits: Math.min(digits, 6),
    maximumFractionDigits: Math.min(digits, 6),
  })
}

export const probability = (p: number) => (p < 0.0001 ? p.toExponential(0) : p.toFixed(4))

export const rateText = (rate: Rate | undefined) =>
  rate === undefined ? '–' : `${figure(rate.rate)} [${figure(rate.from)}, ${figure(rate.until)}]`
