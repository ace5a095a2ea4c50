import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RefusedError } from './refusals.ts'
import { isOfGroups, readAggregatesQuery, readCountQuery, readDocumentsQuery, readMonths } from './request.ts'

const months = readMonths('research-ride-*')
const now = new Date('2026-03-01T00:00:00Z')
const read = (body: unknown) =>
  isOfGroups(body) ? readAggregatesQuery(months, body, now) : readDocumentsQuery(months, body)
const refusal = (body: unknown): string => {
  try {
    read(body)
  } catch (error) {
    if (error instanceof RefusedError) return error.message
    throw error
  }
  return 'not refused'
}

test('an empty body asks for ten documents, the oldest first', () => {
  expect(read({})).toEqual({ mode: 'documents', months, filters: [], order: 'asc', size: 10 })
})

test('a query is read into filters, whose times are milliseconds of UTC', () => {
  const query = {
    bool: {
      filter: [
        { term: { kind: 'ride' } },
        { terms: { person: ['0a', '0b'] } },
        { range: { '@timestamp': { gte: '2026-01-31T01:00:00+01:00', lt: 1_769_904_000_000 } } },
      ],
      must: { range: { speed_kmh_e3: { gt: 25_000 } } },
    },
  }
  const asked = { query, size: 100, sort: [{ '@timestamp': { order: 'desc' } }], _source: ['speed_kmh_e3'] }
  expect(read(asked)).toEqual({
    ...{ mode: 'documents', months, order: 'desc', size: 100, source: ['speed_kmh_e3'] },
    filters: [
      { field: 'kind', values: ['ride'] },
      { field: 'person', values: ['0a', '0b'] },
      { field: '@timestamp', range: { gte: Date.UTC(2026, 0, 31), lt: 1_769_904_000_000 } },
      { field: 'speed_kmh_e3', range: { gt: 25_000 } },
    ],
  })
  const day = (gte: string) => read({ query: { range: { '@timestamp': { gte } } } }).filters
  for (const same of ['2026-01-31', '2026-01-31T00:00:00', '2026-01-31T00:00:00Z'])
    expect(day(same)).toEqual([{ field: '@timestamp', range: { gte: Date.UTC(2026, 0, 31) } }])
})

test.each([
  [{ query: { script: {} } }, 'query: Unrecognized key: "script"'],
  [{ query: { bool: { should: [] } } }, 'query.bool: Unrecognized key: "should"'],
  [{ query: { bool: { filter: [{ wildcard: { person: '*' } }] } } }, 'Unrecognized key: "wildcard"'],
  [{ query: { term: { rider_id: 'anna' } } }, 'query.term: Unrecognized key: "rider_id"'],
  [{ query: { term: { _id: 'x' } } }, 'query.term: Unrecognized key: "_id"'],
  [{ query: { term: { kind: { value: 'ride', boost: 2 } } } }, 'Unrecognized key: "boost"'],
  [{ query: { range: { '@timestamp': { gte: 'now-1d' } } } }, 'query.range.@timestamp.gte'],
  [{ query: { term: { kind: 'ride' }, range: {} } }, 'one key'],
  [{ query: {} }, 'one key'],
  [{ _source: ['*'] }, '_source'],
  [{ _source: ['_tsid'] }, '_source'],
  [{ sort: ['_doc'] }, 'sort'],
  [{ sort: [{ _score: 'asc' }] }, 'sort'],
  [{ size: 101 }, 'size: Too big'],
  [[], 'expected object'],
  ['query', 'expected object'],
])('%j is refused: %s', (body, reason) => {
  expect(refusal(body)).toContain(reason)
})

const range = (gte: unknown, lt: unknown) => ({ range: { '@timestamp': { gte, lt } } })
const january = range('2026-01-01', '2026-02-01')
const hours = { date_histogram: { field: '@timestamp', fixed_interval: '1h' } }
const days = { date_histogram: { field: '@timestamp', calendar_interval: 'day' } }

test('groups are read, by the hour or by the day', () => {
  const mean = { avg: { field: 'speed_kmh_e3' } }
  const aggs = { hours: { ...hours, aggs: { kinds: { terms: { field: 'kind' }, aggregations: { mean } } } } }
  const query = { bool: { filter: [january, { term: { kind: 'ride' } }] } }
  expect(read({ size: 0, query, aggs })).toEqual({
    ...{ mode: 'aggregates', months, interval: 'hour' },
    filters: [
      { field: '@timestamp', range: { gte: Date.UTC(2026, 0), lt: Date.UTC(2026, 1) } },
      { field: 'kind', values: ['ride'] },
    ],
    groups: {
      hours: {
        ...{ by: 'timeMs', interval: 'hour' },
        groups: { kinds: { by: 'kind', groups: { mean: { metric: 'avg', field: 'speed_kmh_e3' } } } },
      },
    },
  })
  expect(readCountQuery(months, { query: january }, now)).toMatchObject({
    interval: 'day',
    groups: undefined,
  })
  const hour = range('2026-01-01T10:00:00', '2026-01-01T11:00:00')
  expect(readCountQuery(months, { query: hour }, now)).toMatchObject({ interval: 'hour' })
})

test.each([
  [{ query: { term: { person: '0a' } } }, 'nothing is told by person'],
  [{ query: { bool: { filter: [january, { term: { subject: '0a' } }] } } }, 'nothing is told by subject'],
  [{ query: { bool: { filter: [january, { range: { speed_kmh_e3: { gt: 1 } } }] } } }, 'by speed_kmh_e3'],
  [{ query: { match_all: {} } }, 'one range of @timestamp'],
  [{ query: { bool: { filter: [january, january] } } }, 'one range of @timestamp'],
  [{ query: { range: { '@timestamp': { gt: '2026-01-01', lt: '2026-02-01' } } } }, 'one range of @timestamp'],
  [{ query: range('2026-02-01', '2026-01-01') }, 'one range of @timestamp'],
  [{ query: range('2026-01-01T00:30:00', '2026-02-01') }, 'whole hours'],
  [{ query: range('2026-01-01T01:00:00', '2026-02-01'), aggs: { days } }, 'whole hours, or days'],
  [{ query: range('2026-01-01', '2026-02-02'), aggs: { hours } }, '31 days'],
  [{ query: range('2025-01-01', '2026-02-02') }, '366'],
  [{ query: range('2026-02-27', '2026-03-01') }, 'a day ago'],
  [{ query: january, aggs: { hours, days } }, 'two questions'],
  [{ query: january, aggs: { a: { terms: { field: 'person' } } } }, 'aggs.a.terms.field'],
  [{ query: january, aggs: { a: { avg: { field: 'speed_kmh_e3' }, aggs: { hours } } } }, 'is one of'],
  [{ query: january, aggs: { a: { ...hours, ...{ terms: { field: 'kind' } } } } }, 'is one of'],
  [{ query: january, aggs: { a: {} } }, 'is one of'],
  [{ query: january, sort: ['x'] }, '"sort"'],
  [{ aggs: {} }, 'query'],
])('of many persons together is refused %j: %s', (body, reason) => {
  expect(refusal({ size: 0, ...body })).toContain(reason)
})

test.each([
  'telemetry',
  'research-*',
  '*',
  '_all',
  'research-ride-2026.1',
  'research-ride-*,telemetry',
  '-research-ride-*',
  '',
])('no other index is read: %s', (path) => {
  expect(() => readMonths(path)).toThrow(RefusedError)
})

test('months are read', () => {
  expect(readMonths('research-system-2026.01,research-ride-*')).toEqual([
    { group: 'system', month: '2026.01' },
    { group: 'ride' },
  ])
})

describe('every key of the query language that is not on the list is refused by name:', () => {
  const types = readFileSync(
    join(import.meta.dirname, '../../../node_modules/@elastic/elasticsearch/lib/api/types.d.ts'),
    'utf8',
  )
  /** The keys of an interface of the client's own types, and of those that it extends. */
  function keysOf(name: string): string[] {
    const head = new RegExp(`export interface ${name}(?:<[^>{]*>)?(?: extends (\\w+)[^{]*)? \\{\\n`).exec(
      types,
    )
    const [before = '', base] = head ?? []
    const text = types.slice((head?.index ?? 0) + before.length).split('\n}\n')[0] ?? ''
    const own = [...text.matchAll(/^ {4}'?([\w@]+)'?\??:/gm)].map((match) => match[1] as string)
    const keys = [...own, ...(base === undefined ? [] : keysOf(base))]
    return [...new Set(keys)].filter((key) => key !== 'body' && key !== 'querystring')
  }
  const language = {
    search: keysOf('SearchRequest'),
    query: keysOf('QueryDslQueryContainer'),
    bool: keysOf('QueryDslBoolQuery'),
    term: keysOf('QueryDslTermQuery'),
    range: keysOf('QueryDslDateRangeQuery'),
    groups: keysOf('AggregationsAggregationContainer'),
    histogram: keysOf('AggregationsDateHistogramAggregation'),
    average: keysOf('AggregationsAverageAggregation'),
  }
  const allowed = {
    search: ['query', 'size', 'sort', '_source'],
    query: ['bool', 'match_all', 'term', 'terms', 'range'],
    bool: ['filter', 'must'],
    term: ['value'],
    range: ['gt', 'gte', 'lt', 'lte'],
    groups: ['aggs', 'aggregations', 'avg', 'date_histogram', 'sum', 'terms', 'value_count'],
    histogram: ['field', 'fixed_interval', 'calendar_interval'],
    average: ['field'],
  }
  const within: Readonly<Record<keyof typeof language, (keys: object) => object>> = {
    search: (keys) => keys,
    query: (query) => ({ query }),
    bool: (bool) => ({ query: { bool } }),
    term: (kind) => ({ query: { term: { kind: { value: 'ride', ...kind } } } }),
    range: (time) => ({ query: { range: { '@timestamp': { gte: 0, ...time } } } }),
    groups: (group) => ({ size: 0, query: january, aggs: { group } }),
    histogram: (more) => ({
      ...{ size: 0, query: january },
      aggs: { hours: { date_histogram: { ...hours.date_histogram, ...more } } },
    }),
    average: (more) => ({
      size: 0,
      query: january,
      aggs: { a: { avg: { field: 'speed_kmh_e3', ...more } } },
    }),
  }
  const least = { search: 30, query: 40, bool: 4, term: 2, range: 4, groups: 60, histogram: 8, average: 2 }
  const places = Object.keys(language) as (keyof typeof language)[]

  test.each(places)('%s', (place) => {
    const known = language[place]
    // The list itself is of the language.
    expect(allowed[place].filter((key) => !known.includes(key))).toEqual([])
    const others = known.filter((key) => !allowed[place].includes(key))
    expect(others.length).toBeGreaterThan(least[place])
    for (const key of others) expect(refusal(within[place]({ [key]: {} }))).toContain(`"${key}"`)
  })

  test('and so is every other', () => {
    const given = fc.tuple(fc.constantFrom(...places), fc.string({ minLength: 1 }), fc.jsonValue())
    fc.assert(
      fc.property(given, ([place, key, value]) => {
        fc.pre(!allowed[place].includes(key) && key !== '__proto__')
        expect(refusal(within[place]({ [key]: value }))).not.toBe('not refused')
      }),
    )
  })
})
