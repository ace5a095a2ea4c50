// Which search the engine is asked for a query, and what of its answer a researcher is shown. Pure.
import { z } from 'zod'
import { type Cell, type Contribution, grouped, metricsOf, samplesOf } from './fold.ts'
import { RefusedError } from './refusals.ts'
import {
  type AggregatesQuery,
  type DocumentsQuery,
  type Filter,
  metrics,
  names,
  readMonths,
  time,
} from './request.ts'

/** One clause takes no more values. */
const mostInClause = 65_536

/** The search of the engine that leaves out these persons. */
export function documentsSearch(query: DocumentsQuery, hidden: readonly string[]): object {
  return {
    size: query.size,
    sort: [{ [time]: query.order }],
    // The person is needed to ask once more whether the consent lasts.
    _source: query.source === undefined ? true : [...new Set([...query.source, 'person'])],
    track_total_hits: false,
    query: visible(query.filters, hidden),
  }
}

/** The documents that meet all filters, but those of hidden persons. */
export function visible(filters: readonly Filter[], hidden: readonly string[]): object {
  const clauses = Array.from({ length: Math.ceil(hidden.length / mostInClause) }, (_, part) => ({
    terms: { person: hidden.slice(part * mostInClause, (part + 1) * mostInClause) },
  }))
  return { bool: { filter: filters.map(clauseOf), must_not: clauses } }
}

function clauseOf(filter: Filter): object {
  if ('values' in filter) return { terms: { [filter.field]: filter.values } }
  const format = filter.field === time ? { format: 'epoch_millis' } : {}
  return { range: { [filter.field]: { ...filter.range, ...format } } }
}

const hitsAnswer = z.object({
  hits: z.object({
    hits: z.array(z.object({ _index: z.string(), _source: z.looseObject({ person: z.string() }) })),
  }),
})

export interface FoundDocument {
  readonly person: string
  /** `research-ride-2026.01`. */
  readonly index: string
  readonly source: Readonly<Record<string, unknown>>
}

/** Throws when the engine's answer has another form. */
export function readDocuments(answer: unknown): FoundDocument[] {
  return hitsAnswer.parse(answer).hits.hits.map(({ _index, _source }) => ({
    person: _source.person,
    index: _index.slice(_index.indexOf('research-')),
    source: _source,
  }))
}

/** As Elasticsearch would answer. The number of documents is that of this answer, since nothing else was paid for. */
export function documentsAnswer(query: DocumentsQuery, found: readonly FoundDocument[]): object {
  const hits = found.map(({ index, source }) => ({
    ...{ _index: index, _score: null },
    _source: query.source === undefined ? source : pick(source, query.source),
  }))
  const relation = found.length < query.size ? 'eq' : 'gte'
  return answerOf({ total: { value: found.length, relation }, max_score: null, hits })
}

const pick = (source: Readonly<Record<string, unknown>>, fields: readonly string[]) =>
  Object.fromEntries(fields.filter((field) => field in source).map((field) => [field, source[field]]))

/** Persons in cells that come with one search, and with all searches of a query. */
const contributionsAtOnce = 50_000
export const mostContributions = 2 * contributionsAtOnce

/** What each person adds to each cell, from `after` on. */
export function contributionsSearch(
  query: AggregatesQuery,
  { hidden, after }: { readonly hidden: readonly string[]; readonly after: object | undefined },
): object {
  const sources = [
    { timeMs: { date_histogram: { field: time, fixed_interval: query.interval === 'hour' ? '1h' : '1d' } } },
    { kind: { terms: { field: 'kind' } } },
    { person: { terms: { field: 'person' } } },
  ]
  const metrics = metricsOf(query.groups ?? {}).flatMap((field) => [
    [`sum ${field}`, { sum: { field } }],
    [`count ${field}`, { value_count: { field } }],
  ])
  return {
    size: 0,
    track_total_hits: false,
    query: visible(query.filters, hidden),
    aggs: {
      cells: {
        composite: { size: contributionsAtOnce, sources, ...(after && { after }) },
        aggs: Object.fromEntries(metrics),
      },
    },
  }
}

const cellsAnswer = z.object({
  aggregations: z.object({
    cells: z.object({
      after_key: z.looseObject({}).optional(),
      buckets: z.array(
        z
          .object({
            key: z.object({ timeMs: z.number(), kind: z.string(), person: z.string() }),
            doc_count: z.number(),
          })
          .catchall(z.object({ value: z.number().nullable() })),
      ),
    }),
  }),
})

/** Throws when the engine's answer has another form. `after` is where the next search goes on, undefined when there is no more. */
export function readContributions(
  query: AggregatesQuery,
  answer: unknown,
): { contributions: Contribution[]; after: object | undefined } {
  const { buckets, after_key: after } = cellsAnswer.parse(answer).aggregations.cells
  const fields = metricsOf(query.groups ?? {})
  const contributions = buckets.map(({ key, doc_count: samples, ...values }) => {
    const numberOf = (name: string) => (values as Record<string, { value: number | null }>)[name]?.value ?? 0
    const metrics = fields.map((field) => [
      field,
      { count: numberOf(`count ${field}`), sum: numberOf(`sum ${field}`) },
    ])
    return { ...key, samples, metrics: Object.fromEntries(metrics) }
  })
  return { contributions, after: buckets.length < contributionsAtOnce ? undefined : after }
}

/** As Elasticsearch would answer. */
export function aggregatesAnswer(query: AggregatesQuery, cells: readonly Cell[]): object {
  const count = samplesOf(cells)
  if (query.groups === undefined) return { count, _shards: shards }
  const hits = { total: { value: count, relation: 'eq' }, max_score: null, hits: [] }
  return answerOf(hits, grouped(query.groups, cells))
}

const shards = { total: 1, successful: 1, skipped: 0, failed: 0 }

/** Clients want these members; how long the engine took, and over how many shards, is no answer to a researcher. */
function answerOf(hits: object, aggregations?: object): object {
  return { took: 0, timed_out: false, _shards: shards, hits, ...(aggregations && { aggregations }) }
}

/** What Elasticsearch's `_field_caps` tells of the fields that can be asked for. Throws a RefusedError. */
export function fieldCaps(path: string, parameters: Readonly<Record<string, string>>): object {
  readMonths(path)
  const { fields = '*', ...others } = parameters
  const [other] = Object.keys(others)
  if (other !== undefined) throw new RefusedError('request_invalid', `${other}: there is \`fields\` alone`)
  const asked = fields.split(',')
  const caps = [...typeByField]
    .filter(([field]) => asked.includes('*') || asked.includes(field))
    .map(([field, type]) => {
      const can = { searchable: true, aggregatable: type !== 'keyword' || field === 'kind' }
      return [field, { [type]: { type, metadata_field: false, ...can } }]
    })
  return { indices: path.split(','), fields: Object.fromEntries(caps) }
}

const typeByField: ReadonlyMap<string, string> = new Map([
  [time, 'date'],
  ...names.map((name) => [name, 'keyword'] as const),
  ...metrics.map((name) => [name, 'long'] as const),
])
