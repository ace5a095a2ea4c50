import { expect, test } from 'vitest'
import type { Change } from './changes.ts'
import { wavesOf } from './write-batches.ts'

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
  ['nothing is no wave', [], []],
  [
    'a bike with its parts is one',
    [
      component('add_component', 'c'),
      component('add_component', 'd'),
      bike('add_bike', 'a'),
      install('a', 'c'),
    ],
    [['add_component add_component add_bike install']],
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
    'a component that moves takes two bikes, and one wave',
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
  const waves = wavesOf(changes.map((change) => ({ change, saidBy: 'e' })))
  const kinds = waves.map((wave) =>
    [...wave]
      .flatMap(([kind, said]) => said.map(() => kind))
      .sort()
      .join(' '),
  )
  expect(kinds).toEqual(expected.flat().map((line) => line.split(' ').sort().join(' ')))
})
