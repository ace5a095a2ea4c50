import { expect, test } from 'vitest'
import { bike, bikeIds, component, fleet, madeMs, stay } from '../testing/rule-case.ts'
import { named } from '../testing/statements.ts'
import type { Change } from './changes/changes.ts'
import type { PendingMove } from './facts.ts'
import { createWorkingFacts } from './working-facts.ts'

const alias = { name: named('BA1X'), componentId: 'id of BA1' }
const facts = () => createWorkingFacts({ ...fleet, aliases: [alias] })

/** The fleet after these changes. */
function after(...changes: Change[]) {
  const now = facts()
  now.apply(changes)
  return now
}

test('things are found by all their names', () => {
  const known = facts()
  expect(known.type('motor')).toBe(fleet.types[1])
  expect(known.model('city')).toBe(fleet.models[0])
  expect(known.bikeById(bikeIds.anna.toUpperCase())?.frameNumber).toBe('F-ANNA')
  expect(known.bikeByFrame('F-BEN')?.bikeId).toBe(bikeIds.ben)
  expect(known.component(named('BA1'))).toBe(known.componentById('id of BA1'))
  expect(known.component(named('BA1X'))).toBe(known.componentById('id of BA1'))
  expect(known.namesOf('id of BA1')).toEqual([named('BA1'), named('BA1X')])
  expect(known.installationsIn(bikeIds.anna.toUpperCase())).toEqual([
    stay('BA1', 'anna'),
    stay('MO1', 'anna'),
  ])
  expect(known.installationsOf('id of MO2')).toEqual([stay('MO2', 'ben')])
})

test('a name of another type is another name', () => {
  expect(facts().component({ type: 'motor', serialNumber: 'BA1' })).toBeUndefined()
})

test('nothing is known of what nobody told of', () => {
  const known = facts()
  const found = [known.type('bell'), known.model('race'), known.bikeById('?'), known.bikeByFrame('?')]
  expect([...found, known.component(named('BA9')), known.componentById('?')]).toEqual(
    Array(6).fill(undefined),
  )
  expect([known.installationsIn('?'), known.installationsOf('?'), known.namesOf('?')]).toEqual([[], [], []])
})

test('a bike with another frame number is no longer found under the former one', () => {
  const known = after({ kind: 'change_bike', bike: bike('anna', { frameNumber: 'F-NOW' }) })
  expect(known.bikeByFrame('F-ANNA')).toBeUndefined()
  expect(known.bikeByFrame('F-NOW')?.bikeId).toBe(bikeIds.anna)
  known.apply([{ kind: 'change_bike', bike: bike('anna', { frameNumber: undefined }) }])
  expect(known.bikeByFrame('F-NOW')).toBeUndefined()
  expect(known.bikeById(bikeIds.anna)?.frameNumber).toBeUndefined()
})

test('types, models, bikes and components are known once they are made, and changed', () => {
  const [type, model] = [fleet.types[0], fleet.models[0]] as [
    (typeof fleet.types)[0],
    (typeof fleet.models)[0],
  ]
  const known = after(
    { kind: 'define_type', type: { ...type, name: 'Accumulator' } },
    { kind: 'define_model', model: { ...model, modelId: 'race' } },
    { kind: 'add_bike', bike: bike('new') },
    { kind: 'add_component', component: component('BA9') },
    { kind: 'change_component', component: component('BA9', { batch: 'B8' }) },
  )
  expect(known.type('battery')?.name).toBe('Accumulator')
  expect(known.model('race')?.modelId).toBe('race')
  expect(known.bikeByFrame('F-NEW')?.bikeId).toBe(bikeIds.new)
  expect(known.component(named('BA9'))?.batch).toBe('B8')
  expect(known.namesOf('id of BA9')).toEqual([named('BA9')])
})

test('a name may be given to a component and taken away', () => {
  const known = after({ kind: 'alias', name: named('BA1Y'), componentId: 'id of BA1' })
  expect(known.component(named('BA1Y'))?.serialNumber).toBe('BA1')
  known.apply([{ kind: 'unalias', ...alias }])
  expect(known.component(named('BA1X'))).toBeUndefined()
  expect(known.namesOf('id of BA1')).toEqual([named('BA1'), named('BA1Y')])
})

const earlier = stay('BA2', 'anna', { slot: 'battery_2', fromMs: madeMs - 9, untilMs: madeMs - 5 })

test('stays are in the order of their beginnings, in the bike and of the component', () => {
  const known = after(
    { kind: 'install', installation: stay('BA2', 'ben', { fromMs: madeMs + 5 }) },
    { kind: 'install', installation: earlier },
  )
  expect(known.installationsIn(bikeIds.anna)).toEqual([earlier, stay('BA1', 'anna'), stay('MO1', 'anna')])
  expect(known.installationsOf('id of BA2').map(({ fromMs }) => fromMs)).toEqual([madeMs - 9, madeMs + 5])
})

const [here, ends] = [stay('BA1', 'anna'), { untilMs: madeMs + 4, removedBy: 'r' }]

test.each<[string, Change, object[]]>([
  [
    'begins earlier',
    { kind: 'backdate', installation: here, fromMs: 3, installedBy: 'i' },
    [{ ...here, fromMs: 3, installedBy: 'i' }],
  ],
  ['ends', { kind: 'remove', installation: here, ...ends }, [{ ...here, ...ends }]],
  [
    'ends and begins again',
    { kind: 'split', installation: here, ...ends, again: { fromMs: madeMs + 6, installedBy: 'i' } },
    [
      { ...here, ...ends },
      { ...here, fromMs: madeMs + 6, installedBy: 'i' },
    ],
  ],
  [
    'is not changed with that of another time',
    { kind: 'remove', installation: { ...here, fromMs: 1 }, ...ends },
    [here],
  ],
  [
    '… of another component',
    { kind: 'remove', installation: { ...here, componentId: 'id of BA3' }, ...ends },
    [here],
  ],
  ['… in another bike', { kind: 'remove', installation: { ...here, bikeId: bikeIds.ben }, ...ends }, [here]],
])('a stay %s', (_, change, stays) => {
  const known = after(change)
  expect(known.installationsOf('id of BA1')).toEqual(stays)
  expect(known.installationsIn(bikeIds.anna).filter(({ slot }) => slot === 'battery')).toEqual(stays)
})

test('a trial knows all that is known now, and leaves it as it is', () => {
  const known = after({ kind: 'install', installation: earlier })
  const trial = known.trial([])
  expect(trial.component(named('BA1X'))?.serialNumber).toBe('BA1')
  expect(trial.namesOf('id of BA1')).toEqual(known.namesOf('id of BA1'))
  expect(trial.installationsIn(bikeIds.anna)).toEqual(known.installationsIn(bikeIds.anna))
  expect(trial.installationsOf('id of BA2')).toEqual([earlier])
  expect([trial.type('battery'), trial.model('city')]).toEqual([fleet.types[0], fleet.models[0]])
  expect(trial.bikeByFrame('F-BEN')).toEqual(bike('ben'))
  trial.apply([{ kind: 'remove', installation: here, ...ends }])
  expect(known.installationsOf('id of BA1')).toEqual([here])
})

test('the next move is the earliest after a time, of the same component in the same bike', () => {
  const move = (atMs: number, facts: Partial<PendingMove> = {}): PendingMove => ({
    ...{ role: 'fitted', frameNumber: 'F-ANNA', slot: 'battery', name: named('BA1'), eventId: `at ${atMs}` },
    ...{ atMs, ...facts },
  })
  const known = facts().trial([
    move(90),
    move(60, { name: named('BA1X') }),
    move(50),
    move(55, { role: 'removed' }),
    move(56, { frameNumber: 'F-BEN' }),
    move(57, { name: named('BA2') }),
  ])
  const next = (role: PendingMove['role'], afterMs: number) =>
    known.nextPending(role, { frameNumber: 'F-ANNA', componentId: 'id of BA1', afterMs })?.eventId
  expect([next('fitted', 49), next('fitted', 50), next('fitted', 60)]).toEqual(['at 50', 'at 60', 'at 90'])
  expect([next('fitted', 90), next('removed', 50), next('removed', 55)]).toEqual([
    undefined,
    'at 55',
    undefined,
  ])
})
