// How a source writes its CSV files, as data: what a mapping file may say.
import { DateTime, IANAZone } from 'luxon'
import { z } from 'zod'
import { type StatementKind, statementKinds } from '../statements/said.ts'
import { type Column, column, compileTemplate, type Template } from './template.ts'

const encodings = ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type Encoding = (typeof encodings)[number]

/** Rows with one of these texts in the column, whatever their case; with any text at all where none is given. */
const condition = z.strictObject({ column, is: z.array(z.string()).min(1).optional() })
/** These events have a time of their own. */
const timed: readonly string[] = ['componentProduced', 'bikeProduced', 'bikeDelivered', 'bikeSold']

const statement = z
  .strictObject({
    event: z.enum(statementKinds),
    when: condition.optional(),
    /** Left out where the event has a time of its own. */
    occurredAt: z.unknown().optional(),
    fields: z.record(z.string(), z.unknown()),
  })
  .refine(({ event, occurredAt }) => occurredAt !== undefined || timed.includes(event), {
    path: ['occurredAt'],
    error: 'is missing: the event has no time of its own',
  })

const ownForms: readonly string[] = ['iso', 'excel', 'unix']
const anyDay = DateTime.utc(1999, 11, 28)

/** Luxon would take the parts that a form leaves out from the day of reading. */
function tellsTheDay(form: string): boolean {
  if (ownForms.includes(form)) return true
  const read = DateTime.fromFormat(anyDay.toFormat(form), form, { zone: 'utc' })
  return read.hasSame(anyDay, 'day')
}

const mappingForm = z.strictObject({
  encoding: z.enum(encodings).default('auto'),
  delimiter: z.string().length(1).default(','),
  quote: z.union([z.string().length(1), z.literal(false)]).default('"'),
  /** Lines before the header that say nothing. */
  skipLines: z.int().min(0).max(1_000).default(0),
  /** Without a header, columns are named by their numbers, from 1 on. */
  header: z.boolean().default(true),
  lastLineBreak: z.enum(['required', 'optional']).default('required'),
  zone: z
    .string()
    .refine((zone) => IANAZone.isValidZone(zone), 'is no time zone')
    .default('UTC'),
  /** Forms that are tried in order: those of Luxon, `iso`, `excel`, `unix`. */
  dates: z.array(z.string().refine(tellsTheDay, 'does not tell year, month and day')).min(1).default(['iso']),
  locale: z.string().default('en'),
  decimal: z.enum(['.', ',']).default('.'),
  /** Rows that say nothing, such as sums. */
  ignore: condition.optional(),
  statements: z.array(statement).min(1),
})

export type Condition = z.output<typeof condition>
export type CsvForm = Omit<z.output<typeof mappingForm>, 'statements'>

export interface StatementForm {
  readonly kind: StatementKind
  readonly when: Condition | undefined
  readonly template: Template
}

export interface Mapping extends CsvForm {
  readonly statements: readonly StatementForm[]
  /** All columns that are looked at. */
  readonly columns: readonly Column[]
}

/** Throws one Error that lists every fault. */
export function readMapping(text: string): Mapping {
  const parsed = mappingForm.safeParse(parseJson(text))
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the mapping'}: ${message}`,
    )
    throw new Error(`the mapping has faults:\n${faults.join('\n')}`)
  }
  const { statements, ...csv } = parsed.data
  const compiled = statements.map(({ event, when, occurredAt, fields }) => ({
    kind: event,
    when,
    ...compileTemplate({ ...(occurredAt !== undefined && { occurredAt }), [event]: fields }),
  }))
  const faults = compiled.flatMap(({ faults }, index) =>
    faults.map((fault) => `statements.${index}: ${fault}`),
  )
  if (faults.length > 0) throw new Error(`the mapping has faults:\n${faults.join('\n')}`)
  const conditions = [csv.ignore, ...statements.map(({ when }) => when)]
  const columns = [
    ...conditions.flatMap((each) => (each === undefined ? [] : [each.column])),
    ...compiled.flatMap(({ template }) => template.columns),
  ]
  return { ...csv, statements: compiled, columns: [...new Set(columns)] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`the mapping is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
