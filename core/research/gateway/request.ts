// Reads a researcher's search into types of our own. Elasticsearch's query language is allowed by a list: a key that is not on it is refused
// by name, and the engine is asked for what was read here, never for the request itself. Pure.
import { z } from 'zod'
import { researchFields } from '../../engines/elasticsearch/research-mapping.ts'
import type { Months } from './port.ts'
import { RefusedError } from './refusals.ts'

const mostDocuments = 100
const mostValues = 100

/** Fields of documents that are compared as words. */
export const names = ['subject', 'person', 'recorder', 'kind'] as const
/** The metrics of all kinds, as they stand in documents. */
export const metrics = [
  ...new Set(Object.values(researchFields).flatMap((stored) => stored.map(({ name }) => name))),
]
export const time = '@timestamp'
const sourceFields = [time, ...names, ...metrics] as const

interface Range {
  readonly gte?: number | undefined
  readonly gt?: number | undefined
  readonly lte?: number | undefined
  readonly lt?: number | undefined
}

/** One of `values`, or within `range`; a time in Unix milliseconds. */
export type Filter =
  | { readonly field: string; readonly values: readonly string[] }
  | { readonly field: string; readonly range: Range }

export interface DocumentsQuery {
  readonly mode: 'documents'
  readonly months: readonly Months[]
  readonly filters: readonly Filter[]
  /** All fields unless it is told. */
  readonly source: readonly string[] | undefined
  readonly order: 'asc' | 'desc'
  readonly size: number
}

const monthsOfPath = z
  .string()
  .regex(
    /^research-(ride|system)-(\*|\d{4}\.\d{2})(,research-(ride|system)-(\*|\d{4}\.\d{2})){0,23}$/,
    'ask for `research-ride-*`, `research-system-*`, or a month of them such as `research-ride-2026.01`',
  )

/** `research-ride-*,research-system-2026.01` → `[{group: 'ride'}, {group: 'system', month: '2026.01'}]`. Throws a RefusedError. */
export function readMonths(path: string): Months[] {
  const { success, data, error } = monthsOfPath.safeParse(path)
  if (!success) throw new RefusedError('index_unknown', error.issues[0]?.message ?? '')
  return data.split(',').map((index) => {
    const [, group, month] = index.split('-') as [string, Months['group'], string]
    return month === '*' ? { group } : { group, month }
  })
}

const word = z.string().min(1).max(64)
const values = z.array(word).min(1).max(mostValues)

/** With an offset or in UTC: `2026-01-31`, `2026-01-31T12:00:00`, `2026-01-31T12:00:00+01:00`; or Unix milliseconds. */
const instant = z
  .union([
    z.int().min(0).max(253_402_300_799_999),
    z.iso.date(),
    z.iso.datetime({ local: true, offset: true }),
  ])
  .transform((given) => {
    if (typeof given === 'number') return given
    const isWithoutOffset = given.includes('T') && !/(Z|[+-]\d\d:?\d\d)$/.test(given)
    return Date.parse(isWithoutOffset ? `${given}Z` : given)
  })

const rangeOf = <T extends z.ZodType<number>>(bound: T) =>
  z
    .strictObject({
      gte: bound.optional(),
      gt: bound.optional(),
      lte: bound.optional(),
      lt: bound.optional(),
    })
    .refine((range) => Object.keys(range).length > 0, 'has no bound')

/** An object with one key, one of these. */
const oneOf = <S extends z.ZodRawShape>(shape: S) =>
  z
    .strictObject(shape)
    .partial()
    .refine((object) => Object.keys(object).length === 1, 'takes one key, and one only')

const each = <K extends string, S extends z.ZodType>(keys: readonly K[], schema: S) =>
  oneOf(Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>)

const leaf = oneOf({
  term: each(names, z.union([word, z.strictObject({ value: word })])),
  terms: each(names, values),
  range: oneOf({
    ...Object.fromEntries(metrics.map((name) => [name, rangeOf(z.number())])),
    [time]: rangeOf(instant),
  }),
}).transform(readLeaf)

function readLeaf(given: object): Filter {
  const [[, clause = {}] = []] = Object.entries(given) as [string, object][]
  const [[field = '', said] = []] = Object.entries(clause) as [string, unknown][]
  if (Array.isArray(said)) return { field, values: said }
  if (typeof said === 'string') return { field, values: [said] }
  if (typeof said === 'object' && said !== null && 'value' in said)
    return { field, values: [String(said.value)] }
  return { field, range: said as Range }
}

const leaves = z.union([leaf.transform((one) => [one]), z.array(leaf).max(16)])

/** Clauses all of which must hold; scores are nobody's business, so `must` is `filter`. */
const queryReaders = {
  match_all: z.strictObject({}).transform((): Filter[] => []),
  bool: z
    .strictObject({ filter: leaves.optional(), must: leaves.optional() })
    .transform(({ filter = [], must = [] }) => [...filter, ...must]),
  leaf: leaf.transform((one) => [one]),
}

/** Read by the one reader that its key names, so that a fault is told in the words of that one. */
const filters = z.unknown().transform((query, context): readonly Filter[] => {
  const key = typeof query === 'object' && query !== null ? Object.keys(query)[0] : undefined
  const isWhole = (key === 'match_all' || key === 'bool') && Object.keys(query as object).length === 1
  const reader = isWhole ? queryReaders[key] : queryReaders.leaf
  const read = reader.safeParse(isWhole ? (query as Record<string, unknown>)[key] : query)
  if (read.success) return read.data
  for (const { path, message } of read.error.issues)
    context.addIssue({ code: 'custom', path: isWhole ? [key, ...path] : path, message })
  return z.NEVER
})

const order = z.enum(['asc', 'desc'])
const byTime = oneOf({ [time]: z.union([order, z.strictObject({ order })]) }).transform((given) => {
  const said = given[time]
  return typeof said === 'object' ? said.order : (said ?? 'asc')
})
const fieldList = z.array(z.enum(sourceFields)).min(1).max(sourceFields.length)

const documentsBody = z.strictObject({
  query: filters.optional(),
  size: z.int().min(1).max(mostDocuments).default(10),
  sort: z.union([byTime, z.tuple([byTime]).transform(([only]) => only)]).default('asc'),
  _source: z
    .union([fieldList, z.strictObject({ includes: fieldList }).transform(({ includes }) => includes)])
    .optional(),
})

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const widths = { hour: hourMs, day: dayMs }
/** The longest time that is told by the hour, or by the day. */
const mostMs = { hour: 31 * dayMs, day: 366 * dayMs }
/** Who sees a cell grow sees who makes it grow. */
const endedForMs = dayMs

/** By the names that the researcher gave them. */
export type Groups = { readonly [name: string]: Group }
type Group =
  | { readonly by: 'timeMs' | 'kind'; readonly interval?: 'hour' | 'day'; readonly groups: Groups }
  | { readonly metric: 'avg' | 'sum' | 'value_count'; readonly field: string }

export interface AggregatesQuery {
  readonly mode: 'aggregates'
  readonly months: readonly Months[]
  /** The width of a cell. */
  readonly interval: 'hour' | 'day'
  readonly filters: readonly Filter[]
  /** Undefined where all samples are counted and nothing else. */
  readonly groups: Groups | undefined
}

const intervals = { '1h': 'hour', hour: 'hour', '1d': 'day', day: 'day' } as const
const interval = z.enum(['1h', 'hour', '1d', 'day']).transform((word) => intervals[word])
const dateHistogram = z
  .strictObject({
    field: z.literal(time),
    fixed_interval: interval.optional(),
    calendar_interval: interval.optional(),
  })
  .transform((given, context) => {
    const said = given.fixed_interval ?? given.calendar_interval
    if (said !== undefined) return said
    context.addIssue({ code: 'custom', message: 'takes an interval of `1h` or `1d`' })
    return z.NEVER
  })
const metricField = z.strictObject({ field: z.enum(metrics as [string, ...string[]]) })
const groupNames = z.string().regex(/^[\w -]{1,40}$/, 'is no name of letters, digits, spaces, _ and -')

/** Groups within groups: by time and by kind is all that there is. */
function groupsWithin(depth: number): z.ZodType<Groups> {
  const inner = depth === 0 ? {} : { aggs: groupsWithin(depth - 1), aggregations: groupsWithin(depth - 1) }
  const group = z
    .strictObject({
      ...{ date_histogram: dateHistogram, terms: z.strictObject({ field: z.literal('kind') }) },
      ...{ avg: metricField, sum: metricField, value_count: z.strictObject({ field: z.literal(time) }) },
      ...inner,
    })
    .partial()
    .transform((given, context): Group => {
      const { date_histogram, terms, avg, sum, value_count } = given
      const within = given as { aggs?: Groups; aggregations?: Groups }
      const groups = { ...within.aggs, ...within.aggregations }
      const kinds: Group[] = []
      if (date_histogram) kinds.push({ by: 'timeMs', interval: date_histogram, groups })
      if (terms) kinds.push({ by: 'kind', groups })
      if (avg) kinds.push({ metric: 'avg', ...avg })
      if (sum) kinds.push({ metric: 'sum', ...sum })
      if (value_count) kinds.push({ metric: 'value_count', ...value_count })
      const [only] = kinds
      if (only !== undefined && kinds.length === 1 && ('by' in only || Object.keys(groups).length === 0))
        return only
      context.addIssue({ code: 'custom', message: 'is one of date_histogram, terms, avg, sum, value_count' })
      return z.NEVER
    })
  return z
    .record(groupNames, group)
    .refine((groups) => Object.keys(groups).length <= 16, 'has more than 16 groups')
}
const anyGroups = groupsWithin(2)

const countBody = z.strictObject({ query: filters })
const aggregatesBody = countBody.extend({
  size: z.literal(0),
  aggs: anyGroups.optional(),
  aggregations: anyGroups.optional(),
})

/** Whether a search asks for groups and no documents. */
export const isOfGroups = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'size' in body && body.size === 0

/** Throws a RefusedError that names what is not on the list, or tells of single persons or of times that are not over. */
export function readAggregatesQuery(months: readonly Months[], body: unknown, now: Date): AggregatesQuery {
  const { query, aggs, aggregations } = readBody(aggregatesBody, body)
  return cellsAsked(months, { filters: query, groups: { ...aggs, ...aggregations } }, now)
}

/** The query of a `_count`; throws as `readAggregatesQuery` does. */
export function readCountQuery(months: readonly Months[], body: unknown, now: Date): AggregatesQuery {
  return cellsAsked(months, { filters: readBody(countBody, body).query, groups: undefined }, now)
}

function cellsAsked(
  months: readonly Months[],
  asked: Pick<AggregatesQuery, 'filters' | 'groups'>,
  now: Date,
): AggregatesQuery {
  const invalid = (detail: string) => new RefusedError('request_invalid', `query: ${detail}`)
  const [times, others] = [true, false].map((isTime) =>
    asked.filters.filter(({ field }) => (field === time) === isTime),
  ) as [Filter[], Filter[]]
  const single = others.find(({ field }) => field !== 'kind')
  if (single !== undefined) throw invalid(`of many persons together nothing is told by ${single.field}`)
  const [only] = times
  const { gte, lt, ...open } = only !== undefined && 'range' in only ? only.range : {}
  if (
    times.length !== 1 ||
    gte === undefined ||
    lt === undefined ||
    Object.keys(open).length > 0 ||
    gte >= lt
  )
    throw invalid(`takes one range of ${time} with gte and lt`)
  const said = new Set(intervalsOf(asked.groups ?? {}))
  if (said.size > 1) throw invalid('hours and days are two questions')
  const isOfDays = (ms: number) => ms % dayMs === 0
  const [interval = isOfDays(gte) && isOfDays(lt) ? 'day' : 'hour'] = said
  if (gte % widths[interval] !== 0 || lt % widths[interval] !== 0)
    throw invalid(`gte and lt are whole hours, or days (UTC) where it is asked for days`)
  if (lt - gte > mostMs[interval]) throw invalid('hours are told of 31 days at once, days of 366')
  if (lt > now.getTime() - endedForMs) throw invalid('lt is a day ago at the latest')
  return { mode: 'aggregates', months, interval, ...asked }
}

function intervalsOf(groups: Groups): ('hour' | 'day')[] {
  return Object.values(groups).flatMap((group) =>
    'by' in group ? [...(group.interval ? [group.interval] : []), ...intervalsOf(group.groups)] : [],
  )
}

/** Throws a RefusedError that names each key that is not on the list. */
export function readDocumentsQuery(months: readonly Months[], body: unknown): DocumentsQuery {
  const { query = [], _source: source, sort, size } = readBody(documentsBody, body)
  return { mode: 'documents', months, filters: query, source, order: sort, size }
}

function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(body)
  if (success) return data
  throw new RefusedError('request_invalid', error.issues.slice(0, 10).map(faultOf).join('; '))
}

/** `{path: ['query'], message: 'Unrecognized key: "script"'}` → `query: Unrecognized key: "script"` */
function faultOf(issue: z.core.$ZodIssue): string {
  // Of a choice each way is refused for reasons of its own: the one that went furthest tells most.
  if (issue.code === 'invalid_union') {
    const ways = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)
    const [furthest] = ways
    if (furthest !== undefined) return faultOf({ ...furthest, path: [...issue.path, ...furthest.path] })
  }
  return [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ')
}
