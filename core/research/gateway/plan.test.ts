import { expect, test } from 'vitest'
import { documentsAnswer, documentsSearch, fieldCaps, readDocuments, visible } from './plan.ts'
import { RefusedError } from './refusals.ts'
import { type DocumentsQuery, readMonths } from './request.ts'

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
