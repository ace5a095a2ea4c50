// Reads which field errors are asked for, from the words of the API and of the command line.
import { z } from 'zod'
import { type FieldErrorQuestion, groupings } from './port.ts'

const dayMs = 24 * 60 * 60 * 1000
const defaultDays = 365
const longestDays = 3_660

const day = z.iso.date({ error: 'no date such as 2026-01-31' })

/** The fields of a question; `from` and `until` as days, UTC. */
export const fieldErrorFields = {
  type: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/, 'no component type')
    .default('battery'),
  by: z.enum(groupings).default('batch'),
  from: day.optional(),
  until: day.optional(),
}

export interface GivenQuestion {
  readonly type: string
  readonly by: FieldErrorQuestion['by']
  readonly from?: string | undefined
  readonly until?: string | undefined
}

/** The last year, today included, where no days are given. A text says what is wrong with them. */
export function fieldErrorQuestion(given: GivenQuestion, nowMs: number): FieldErrorQuestion | string {
  const until = given.until ?? dayOf(nowMs + dayMs)
  const from = given.from ?? dayOf(Date.parse(until) - defaultDays * dayMs)
  const days = (Date.parse(until) - Date.parse(from)) / dayMs
  if (days <= 0) return 'from: not before `until`'
  if (days > longestDays) return `from: more than ${longestDays.toLocaleString('en')} days before \`until\``
  return { type: given.type, by: given.by, from, until }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
