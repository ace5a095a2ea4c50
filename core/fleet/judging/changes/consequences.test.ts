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
const owned = { riderId: 'anna', fromMs: 5, untilMs: 9, saidBy: 'who sold it' }

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
    'an earlier sale overrules who told the later one',
    { kind: 'backdate_own', bikeId: 'b', ends: undefined, ownership: owned, fromMs: 1, saidBy: 'new' },
    ['who sold it'],
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
