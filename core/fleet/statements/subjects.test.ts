import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/index.ts'
import type { Change } from '../judging/changes/changes.ts'
import { createWorkingFacts } from '../judging/working-facts.ts'
import { bike, bikeIds, component, fleet, stay } from '../testing/rule-case.ts'
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
import { definedBy, namesIn, subjectsOf, touchedBy } from './subjects.ts'

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

const nickname = { name: { type: 'battery', serialNumber: 'BA1-OLD' }, componentId: 'id of BA1' }

test.each<[string, Change, string[]]>([
  [
    'a new bike touches both its names',
    { kind: 'add_bike', bike: bike('anna') },
    [`bike:${bikeIds.anna}`, 'frame:F-ANNA'],
  ],
  [
    'a component is touched under all its names',
    { kind: 'change_component', component: component('BA1') },
    ['battery:BA1', 'battery:BA1-OLD'],
  ],
  ['another name touches the component', { kind: 'alias', ...nickname }, ['battery:BA1', 'battery:BA1-OLD']],
  ['a name that is taken away touches itself', { kind: 'unalias', ...nickname }, ['battery:BA1-OLD']],
  [
    'what leaves touches the bike and itself',
    { kind: 'remove', installation: stay('MO1', 'anna'), untilMs: 1 },
    ['frame:F-ANNA', 'motor:MO1'],
  ],
  [
    'a service touches nothing',
    { kind: 'service', service: 'swap', bikeId: undefined, componentId: 'x', atMs: 0 },
    [],
  ],
])('%s', (_, change, subjects) => {
  const facts = createWorkingFacts({ ...fleet, aliases: [nickname] })
  expect(touchedBy([change], facts)).toEqual(subjects)
})
