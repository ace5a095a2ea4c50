// Which search the engine is asked for a query, and what of its answer a researcher is shown. Pure.
import { z } from 'zod'
import { RefusedError } from './refusals.ts'
import { type DocumentsQuery, type Filter, metrics, names, readMonths, time } from './request.ts'

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

/** Who meets all filters and is not hidden. */
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

/** Clients want these members; how long the engine took, and over how many shards, is no answer to a researcher. */
function answerOf(hits: object, aggregations?: object): object {
  const shards = { total: 1, successful: 1, skipped: 0, failed: 0 }
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
