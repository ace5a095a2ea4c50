import { expect, test } from 'vitest'
import {
  aggregatesAnswer,
  contributionsSearch,
  documentsAnswer,
  documentsSearch,
  fieldCaps,
  readContributions,
  readDocuments,
  visible,
} from './plan.ts'
import { RefusedError } from './refusals.ts'
import { type AggregatesQuery, type DocumentsQuery, readMonths } from './request.ts'

const query: DocumentsQuery = {
  mode: 'documents',
  months: readMonths('research-ride-*'),
  filters: [
    { field: 'kind', values: ['ride'] },
    { field: '@timestamp', range: { gte: 5 } },
  ],
  source: ['speed_kmh_e3'],
  order: 'desc',
  size: 2,
}

test('a query is asked without who is hidden, and with the person of each document', () => {
  expect(documentsSearch(query, ['0a'])).toEqual({
    size: 2,
    sort: [{ '@timestamp': 'desc' }],
    _source: ['speed_kmh_e3', 'person'],
    track_total_hits: false,
    query: {
      bool: {
        filter: [
          { terms: { kind: ['ride'] } },
          { range: { '@timestamp': { gte: 5, format: 'epoch_millis' } } },
        ],
        must_not: [{ terms: { person: ['0a'] } }],
      },
    },
  })
})

test('no clause takes more than 65,536 persons', () => {
  const hidden = Array.from({ length: 65_537 }, (_, i) => String(i))
  expect(visible([], hidden)).toEqual({
    bool: {
      filter: [],
      must_not: [{ terms: { person: hidden.slice(0, -1) } }, { terms: { person: ['65536'] } }],
    },
  })
  expect(visible([], [])).toEqual({ bool: { filter: [], must_not: [] } })
})

test('an answer shows what was asked for, under the names of the gateway', () => {
  const source = { person: '0b', kind: 'ride', speed_kmh_e3: 20_000 }
  const found = readDocuments({
    hits: { hits: [{ _index: 'ns-research-ride-2026.01', _id: 'secret', _source: source, sort: [5] }] },
  })
  expect(found).toEqual([{ person: '0b', index: 'research-ride-2026.01', source }])
  const hits = (of: DocumentsQuery) => (documentsAnswer(of, found) as { hits: object }).hits
  const shown = { _index: 'research-ride-2026.01', _score: null }
  expect(hits(query)).toEqual({
    ...{ total: { value: 1, relation: 'eq' }, max_score: null },
    hits: [{ ...shown, _source: { speed_kmh_e3: 20_000 } }],
  })
  expect(hits({ ...query, source: undefined, size: 1 })).toEqual({
    ...{ total: { value: 1, relation: 'gte' }, max_score: null },
    hits: [{ ...shown, _source: source }],
  })
})

test('an answer of another form is none', () => {
  expect(() => readDocuments({ hits: { hits: [{ _index: 'x', _source: {} }] } })).toThrow('person')
})

test('the fields of the copy are told, and nothing else is', () => {
  const { fields } = fieldCaps('research-ride-*', { fields: 'kind,@timestamp,_id,rider_id' }) as {
    fields: object
  }
  expect(Object.keys(fields)).toEqual(['@timestamp', 'kind'])
  expect(Object.keys((fieldCaps('research-ride-*', {}) as { fields: object }).fields)).toContain(
    'speed_kmh_e3',
  )
  expect(() => fieldCaps('telemetry', {})).toThrow(RefusedError)
  expect(() => fieldCaps('research-ride-*', { index_filter: 'x' })).toThrow('index_filter')
})

const aggregates: AggregatesQuery = {
  ...{
    mode: 'aggregates',
    months: query.months,
    interval: 'hour',
    filters: [{ field: '@timestamp', range: { gte: 5 } }],
  },
  groups: { mean: { metric: 'avg', field: 'speed_kmh_e3' } },
}

test('what each person adds to each cell is asked for in one flat list', () => {
  expect(contributionsSearch(aggregates, { hidden: ['0a'], after: { person: '0b' } })).toMatchObject({
    ...{ size: 0, query: { bool: { must_not: [{ terms: { person: ['0a'] } }] } } },
    aggs: {
      cells: {
        composite: {
          sources: [
            { timeMs: { date_histogram: { field: '@timestamp', fixed_interval: '1h' } } },
            { kind: { terms: { field: 'kind' } } },
            { person: { terms: { field: 'person' } } },
          ],
          after: { person: '0b' },
        },
        aggs: { 'sum speed_kmh_e3': { sum: { field: 'speed_kmh_e3' } } },
      },
    },
  })
  const key = { timeMs: 0, kind: 'ride', person: '0b' }
  const bucket = { key, doc_count: 3, 'sum speed_kmh_e3': { value: 50 }, 'count speed_kmh_e3': { value: 2 } }
  expect(
    readContributions(aggregates, { aggregations: { cells: { after_key: key, buckets: [bucket] } } }),
  ).toEqual({
    contributions: [{ ...key, samples: 3, metrics: { speed_kmh_e3: { count: 2, sum: 50 } } }],
    after: undefined,
  })
})

test('groups and counts are told in the forms of Elasticsearch', () => {
  const cells = [{ timeMs: 0, kind: 'ride', count: 40, averages: { speed_kmh_e3: 20_000 } }]
  expect(aggregatesAnswer(aggregates, cells)).toMatchObject({
    hits: { total: { value: 40, relation: 'eq' }, hits: [] },
    aggregations: { mean: { value: 20_000 } },
  })
  expect(aggregatesAnswer({ ...aggregates, groups: undefined }, cells)).toMatchObject({ count: 40 })
})
