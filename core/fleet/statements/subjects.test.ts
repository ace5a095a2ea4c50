import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds } from '../testing/rule-case.ts'
import {
  built,
  delivered,
  fitted,
  form,
  made,
  model,
  part,
  recycled,
  removed,
  sold,
  swapped,
} from '../testing/statements.ts'
import { componentSubject, definedBy, locksOf, namesIn, readSubject, subjectsOf } from './subjects.ts'

test.each<[string, ManufacturingEvent, string[]]>([
  ['a type', form(), ['type:lamp']],
  [
    'a model, with the types of its slots',
    model([{ slot: 'battery_2', type: 'battery' }]),
    ['model:cargo', 'type:battery'],
  ],
  ['a component', made('BA9'), ['battery:BA9', 'type:battery']],
  [
    'a bike, with all that it is made of',
    built(),
    [
      'frame:F-NEW',
      `bike:${bikeIds.new}`,
      'model:city',
      'type:frame',
      'battery:BA2',
      'type:battery',
      'motor:MO3',
      'type:motor',
    ],
  ],
  ['a component fitted', fitted('BA2'), ['frame:F-BEN', 'battery:BA2', 'type:battery']],
  ['a component removed', removed('BA1'), ['frame:F-ANNA', 'battery:BA1', 'type:battery']],
  [
    'both sides of a swap',
    swapped('BA1', 'BA2'),
    ['frame:F-ANNA', 'battery:BA1', 'type:battery', 'battery:BA2'],
  ],
  ['a component recycled', recycled('BA2'), ['battery:BA2', 'type:battery']],
  ['a delivery', delivered(0), ['frame:F-ANNA']],
  ['a sale', sold('anna', 0), ['frame:F-ANNA']],
])('a statement about %s', (_, said, subjects) => {
  expect(subjectsOf(said)).toEqual(subjects)
})

test('no name is too long for an index', () => {
  const endless = made('BA1', { component: { type: 'battery', serialNumber: 'X'.repeat(9_000) } })
  expect(Math.max(...subjectsOf(endless).map(({ length }) => length))).toBe(300)
})

test('no name ends with half a character', () => {
  // Whether the cut falls into a pair depends on what is before it.
  for (const serialNumber of ['A', 'AB'].map((begin) => begin + '🚲'.repeat(200))) {
    const [subject] = subjectsOf(made('BA1', { component: { type: 'battery', serialNumber } }))
    expect(subject?.isWellFormed()).toBe(true)
    expect(subject?.length).toBeGreaterThanOrEqual(299)
  }
})

test('no statement names things without end', () => {
  const parts = Array.from({ length: 9_000 }, (_, index) => part(`BA${index}`))
  expect(subjectsOf(built({ parts }))).toHaveLength(256)
})

test('subjects can be read again as names; what is no id names no bike', () => {
  expect(namesIn([...subjectsOf(built()), 'bike:none', 'lamp:A:B'])).toEqual({
    frames: ['F-NEW'],
    bikes: [bikeIds.new],
    models: ['city'],
    types: ['frame', 'battery', 'motor'],
    components: [
      { type: 'battery', serialNumber: 'BA2' },
      { type: 'motor', serialNumber: 'MO3' },
      { type: 'lamp', serialNumber: 'A:B' },
    ],
  })
})

test.each([
  ['a type', form(), 'type:lamp'],
  ['a model', model([]), 'model:cargo'],
  ['nothing else', made('BA1'), undefined],
])('%s is defined by its statement', (_, said, subject) => {
  expect(definedBy(said)).toBe(subject)
})

test('definitions are locked against their change only, unless they are what is decided about', () => {
  expect(locksOf(['battery:BA1', 'type:battery', 'model:city'], ['model:city'])).toEqual([
    { subject: 'battery:BA1', isDefinition: false, isExclusive: true },
    { subject: 'type:battery', isDefinition: true, isExclusive: false },
    { subject: 'model:city', isDefinition: true, isExclusive: true },
  ])
})

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is a type as any other', (type) => {
  const name = { type, serialNumber: type }
  expect(namesIn([componentSubject(name)])).toMatchObject({ frames: [], components: [name] })
})

test.each([
  ['battery: ba–1 ', 'battery:BA-1'],
  ['frame:f\u20111', 'frame:F-1'],
  [`bike:${bikeIds.anna.toUpperCase()}`, `bike:${bikeIds.anna}`],
  ['model:City–1', 'model:City–1'],
  ['BA–1', 'BA–1'],
])('the subject %j that is typed is stored as %j', (typed, stored) => expect(readSubject(typed)).toBe(stored))
