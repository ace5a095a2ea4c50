import { expect, test } from 'vitest'
import {
  bike as bikeFact,
  bikeIds,
  component as componentFact,
  fleet,
  stay as stayFact,
} from '../../testing/rule-case.ts'
import { createWorkingFacts } from '../working-facts.ts'
import type { Change } from './changes.ts'
import { changedParts, overruledBy, touchedBy, writeBatches } from './consequences.ts'

const open = Number.POSITIVE_INFINITY
const stay = (bikeId: string, componentId: string, fromMs = 1) => ({
  bikeId,
  slot: 'battery',
  componentId,
  fromMs,
  untilMs: open,
})
const install = (bikeId: string, componentId: string, fromMs?: number): Change => ({
  kind: 'install',
  installation: stay(bikeId, componentId, fromMs),
})
const remove = (bikeId: string, componentId: string): Change => ({
  kind: 'remove',
  installation: stay(bikeId, componentId),
  untilMs: 2,
})
const component = (kind: 'add_component' | 'change_component', componentId: string) =>
  ({ kind, component: { componentId } }) as Change
const name = (kind: 'alias' | 'unalias'): Change => ({
  kind,
  name: { type: 'battery', serialNumber: 'B1' },
  componentId: 'c',
})
const bike = (kind: 'add_bike' | 'change_bike', bikeId: string) => ({ kind, bike: { bikeId } }) as Change

test.each<[string, Change[], string[][]]>([
  ['nothing is no batch', [], []],
  [
    'a bike with its parts is one',
    [
      component('add_component', 'c'),
      component('add_component', 'd'),
      bike('add_bike', 'a'),
      install('a', 'c'),
    ],
    [['add_bike add_component add_component install']],
  ],
  ['a swap is one: what leaves goes first', [remove('a', 'c'), install('a', 'd')], [['remove install']]],
  [
    'what is fitted and removed again takes two',
    [install('a', 'c'), remove('a', 'c')],
    [['install'], ['remove']],
  ],
  [
    'two swaps in one slot take two',
    [remove('a', 'c'), install('a', 'd'), remove('a', 'd'), install('a', 'e')],
    [['remove install'], ['remove install']],
  ],
  [
    'a component that moves takes two bikes, and one batch',
    [remove('a', 'c'), install('b', 'c')],
    [['remove install']],
  ],
  [
    'a name that is given and taken away is one, in this order',
    [name('alias'), name('unalias')],
    [['alias unalias']],
  ],
  ['… and in the other takes two', [name('unalias'), name('alias')], [['unalias'], ['alias']]],
  [
    'two changes of one row take two, so that both are remembered',
    [component('add_component', 'c'), component('change_component', 'c'), component('change_component', 'c')],
    [['add_component change_component'], ['change_component']],
  ],
])('%s', (_, changes, expected) => {
  const batches = writeBatches(changes.map((change) => ({ change, saidBy: 'e' })))
  const kinds = batches.map((batch) => batch.flatMap(({ kind, stated }) => stated.map(() => kind)).join(' '))
  expect(kinds).toEqual(expected.flat())
})

const nickname = { name: { type: 'battery', serialNumber: 'BA1-OLD' }, componentId: 'id of BA1' }

test.each<[string, Change, string[]]>([
  [
    'a new bike touches both its names',
    { kind: 'add_bike', bike: bikeFact('anna') },
    [`bike:${bikeIds.anna}`, 'frame:F-ANNA'],
  ],
  [
    'a component is touched under all its names',
    { kind: 'change_component', component: componentFact('BA1') },
    ['battery:BA1', 'battery:BA1-OLD'],
  ],
  ['another name touches the component', { kind: 'alias', ...nickname }, ['battery:BA1', 'battery:BA1-OLD']],
  ['a name that is taken away touches itself', { kind: 'unalias', ...nickname }, ['battery:BA1-OLD']],
  [
    'what leaves touches the bike and itself',
    { kind: 'remove', installation: stayFact('MO1', 'anna'), untilMs: 1 },
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

const here = { ...stayFact('BA1', 'anna'), installedBy: 'who fitted it', removedBy: 'who removed it' }

test.each<[string, Change, string[]]>([
  [
    'an earlier beginning overrules who told the later one',
    { kind: 'backdate', installation: here, fromMs: 1, installedBy: 'new' },
    ['who fitted it'],
  ],
  [
    'another end overrules who told the former one',
    { kind: 'remove', installation: here, untilMs: 1, removedBy: 'new' },
    ['who removed it'],
  ],
  [
    'an end overrules nobody where none was told',
    { kind: 'remove', installation: { ...here, removedBy: undefined }, untilMs: 1 },
    [],
  ],
  [
    'a second stay leaves both ends as they are',
    {
      kind: 'split',
      installation: here,
      untilMs: 1,
      removedBy: 'new',
      again: { fromMs: 2, installedBy: 'newer' },
    },
    [],
  ],
  ['an installation overrules nobody', { kind: 'install', installation: here }, []],
])('%s', (_, change, eventIds) => {
  expect(overruledBy([change])).toEqual(eventIds)
})

test('the last statement about a bike or a component is the one that explains', () => {
  const stated = (change: Change, saidBy: string) => ({ change, saidBy })
  const { bikes, components } = changedParts([
    stated(bike('add_bike', 'a'), 'made'),
    stated(component('add_component', 'c'), 'made too'),
    stated(install('a', 'd'), 'fitted'),
    stated(name('alias'), 'merged'),
    stated(name('unalias'), 'not merged'),
    stated(component('change_component', 'e'), 'changed'),
  ])
  expect([...bikes]).toEqual([['a', 'fitted']])
  expect([...components]).toEqual([
    ['d', 'fitted'],
    ['c', 'merged'],
  ])
})

const type = (id: string) => ({ kind: 'define_type', type: { type: id } }) as Change
const model = (id: string) => ({ kind: 'define_model', model: { modelId: id } }) as Change
const code = (codeSha256: string, bikeId = 'a') => ({ kind: 'issue_code', bikeId, codeSha256 }) as Change
const explain = (subject: string, bikeId = 'a') =>
  ({ kind: 'explain', bikeId, reason: 'part_missing', subject }) as Change
const flag = (subject: string, about: object = { bikeId: 'a' }) =>
  ({ kind: 'flag', finding: { reason: 'part_missing', subject }, ...about }) as Change
const split = (bikeId: string, componentId: string) =>
  ({ ...remove(bikeId, componentId), kind: 'split' }) as Change
const backdate = (bikeId: string, componentId: string) =>
  ({ ...install(bikeId, componentId), kind: 'backdate' }) as Change
const service = { kind: 'service', service: 'swap', bikeId: 'a', componentId: 'c', atMs: 0 } as Change

test.each<[string, Change, Change]>([
  ['a type', type('t'), type('t')],
  ['a model', model('m'), model('m')],
  ['a bike', bike('change_bike', 'a'), bike('change_bike', 'a')],
  ['a component', component('change_component', 'c'), component('change_component', 'c')],
  ['a code', code('c'), code('c', 'b')],
  ['a place', split('a', 'c'), remove('b', 'c')],
  ['a slot', install('a', 'c'), backdate('a', 'd')],
  ['a doubt', flag('s'), explain('s')],
  ['a component’s doubt', flag('s', { componentId: 'c' }), flag('s', { componentId: 'c' })],
])('two changes of %s take two batches, since the later kind comes first', (_, first, second) => {
  expect(writeBatches([first, second].map((change) => ({ change, saidBy: 'e' })))).toHaveLength(2)
})

test.each<[string, Change, Change]>([
  ['types', type('t'), type('u')],
  ['models', model('m'), model('n')],
  ['bikes', bike('change_bike', 'a'), bike('change_bike', 'b')],
  ['codes', code('c'), code('d')],
  ['doubts', flag('s'), flag('t')],
  ['bikes’ doubts', explain('s', 'a'), explain('s', 'b')],
  ['components’ doubts', flag('s', { componentId: 'c' }), flag('s', { componentId: 'd' })],
  ['services, even of one component', service, service],
])('two changes of different %s take one batch', (_, first, second) => {
  const batches = writeBatches([first, second].map((change) => ({ change, saidBy: 'e' })))
  expect(batches.map((batch) => batch.map(({ stated }) => stated.length))).toEqual([[2]])
})

test.each<[string, Change, string[]]>([
  ['a type', type('t'), ['type:t']],
  ['a model', model('m'), ['model:m']],
  ['a changed bike', bike('change_bike', bikeIds.anna), ['frame:F-ANNA']],
  ['a changed bike without a frame number', bike('change_bike', bikeIds.ben), []],
  ['a changed bike that is unknown', bike('change_bike', bikeIds.new), []],
  ['a code', code('c', bikeIds.anna), []],
  ['a new component', { kind: 'add_component', component: componentFact('BA1') }, ['battery:BA1']],
  [
    'an installation',
    { kind: 'install', installation: stayFact('BA1', 'anna') },
    ['frame:F-ANNA', 'battery:BA1'],
  ],
  ['an earlier one', backdate(bikeIds.anna, 'id of BA1'), ['frame:F-ANNA', 'battery:BA1']],
  ['two stays', split(bikeIds.anna, 'id of BA1'), ['frame:F-ANNA', 'battery:BA1']],
  ['a doubt', flag('s', { bikeId: bikeIds.anna }), []],
])('%s touches its subjects', (_, change, subjects) => {
  const bikes = [bikeFact('anna'), bikeFact('ben', { frameNumber: undefined })]
  expect(touchedBy([change, change], createWorkingFacts({ ...fleet, bikes }))).toEqual(subjects)
})

test.each<[string, Change, [string[], string[]]]>([
  ['a new bike', bike('add_bike', 'a'), [['a'], []]],
  ['a changed bike', bike('change_bike', 'a'), [['a'], []]],
  ['a new component', component('add_component', 'c'), [[], ['c']]],
  ['a merged component', name('alias'), [[], ['c']]],
  ['a removal', remove('a', 'c'), [['a'], ['c']]],
  ['a code', code('c'), [[], []]],
])('after %s parts are compared again', (_, change, [bikes, components]) => {
  const changed = changedParts([{ change, saidBy: 'e' }])
  expect([[...changed.bikes.keys()], [...changed.components.keys()]]).toEqual([bikes, components])
})
