// A number against its bound, in words. Where there is nothing to measure nothing was shown, so it does not hold. Pure.
import type { Check } from '../../testkit/check.ts'

export interface Bounded {
  readonly limit: number
  /** undefined: there was nothing to measure; infinite: it never came about. */
  readonly actual: number | undefined
  readonly unit?: string
}

export function atMost(what: string, bounded: Bounded): Check {
  return compare(what, '≤', bounded)
}

export function atLeast(what: string, bounded: Bounded): Check {
  return compare(what, '≥', bounded)
}

export function notMeasured(what: string, expected: string): Check {
  return { what, expected, actual: 'not measured', holds: false }
}

function compare(what: string, sign: '≤' | '≥', { limit, actual, unit = '' }: Bounded): Check {
  const expected = `${sign} ${limit} ${unit}`.trim()
  if (actual === undefined) return notMeasured(what, expected)
  const found = actual === Number.POSITIVE_INFINITY ? 'never' : `${round(actual)} ${unit}`.trim()
  return { what, expected, actual: found, holds: sign === '≤' ? actual <= limit : actual >= limit }
}

const round = (value: number) => (Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100)
