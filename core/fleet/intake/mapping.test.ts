import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readMapping } from './mapping.ts'

const recycled = {
  event: 'componentRecycled',
  occurredAt: { column: 'Datum' },
  fields: { component: { type: 'battery', serialNumber: { column: 'Nr' } } },
}
const fitted = (part: unknown) => ({
  event: 'componentInstalled',
  occurredAt: '2026-01-01T00:00:00Z',
  fields: { frameNumber: { column: 1 }, part },
})
const mapping = (statement: object, form: object = {}) => JSON.stringify({ ...form, statements: [statement] })

const folder = new URL('mappings/', import.meta.url)
test.each(readdirSync(folder))('%s is in order', (name) => {
  expect(readMapping(readFileSync(new URL(name, folder), 'utf8')).columns.length).toBeGreaterThan(0)
})

test('a mapping names its columns, each once', () => {
  const when = { column: 'Datum', is: ['heute'] }
  expect(readMapping(mapping({ ...recycled, when })).columns).toEqual(['Datum', 'Nr'])
})

test.each([
  ['what is no JSON', '{', 'no JSON'],
  ['no statements', '{"statements": []}', 'statements: '],
  ['a setting that nobody knows', mapping(recycled, { separator: ';' }), '"separator"'],
  ['a zone that is none', mapping(recycled, { zone: 'Saxony' }), 'zone: is no time zone'],
  ['dates without a year', mapping(recycled, { dates: ['iso', 'dd.MM.'] }), 'dates.1: does not tell year'],
  ['times without a day', mapping(recycled, { dates: ['HH:mm'] }), 'dates.0: does not tell year'],
  ['an event that nobody knows', mapping({ ...recycled, event: 'bikeStolen' }), 'statements.0.event: '],
  [
    'an event without a time',
    mapping({ ...recycled, occurredAt: undefined }),
    'statements.0.occurredAt: is missing',
  ],
  [
    'a field that the event has not',
    mapping({ ...recycled, fields: { colour: 'red' } }),
    'ComponentRecycled has no such field',
  ],
  [
    '… nor its part',
    mapping(fitted({ spot: 'battery' })),
    'componentInstalled.part.spot: FittedPart has no such field',
  ],
  ['a text where a message is', mapping(fitted('battery')), 'componentInstalled.part: is no object'],
  [
    'a list where a text is',
    mapping(fitted({ slot: ['battery'] })),
    'part.slot: is neither a constant nor a column',
  ],
  ['a column that says too much', mapping(fitted({ slot: { column: 1, unit: 'm' } })), 'part.slot'],
])('%s is refused, and the mapping told where', (_, text, fault) => {
  expect(() => readMapping(text)).toThrow(fault)
})
