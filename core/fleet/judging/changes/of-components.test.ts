import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds, component, day, fleet, madeMs, stay, withStays } from '../../testing/rule-case.ts'
import { at, fitted, made, named, recycled, removed, statement, swapped } from '../../testing/statements.ts'
import type { PendingMove } from '../facts.ts'
import { createWorkingFacts, type FleetSnapshot } from '../working-facts.ts'
import { changesOf } from './of-statement.ts'

const [open, then] = [Number.POSITIVE_INFINITY, madeMs + 9 * day]
const saidBy = made('BA9').eventId

function derived(
  said: ManufacturingEvent,
  known: FleetSnapshot = fleet,
  pending: readonly PendingMove[] = [],
) {
  const found = changesOf(said, createWorkingFacts(known).trial(pending))
  return 'changes' in found
    ? found.changes
    : found.impossible.map(({ reason, subject }) => `${reason} ${subject}`)
}

const known = (facts: object) => ({ ...fleet, components: [component('BA1', facts)] })
const unrevised = { batch: '', plant: '', producedAtMs: madeMs - 10 * day }
const revised = {
  hardwareRevision: '9',
  hardwareRevisedAtMs: 1,
  firmwareRevision: '9.0',
  firmwareRevisedAtMs: 1,
}

test.each<[string, object, object, object | undefined]>([
  ['says nothing new', {}, {}, undefined],
  ['knows more', {}, unrevised, { batch: 'B7', plant: 'zwickau' }],
  ['knows less', { batch: '', plant: '', hardwareRevision: '', firmwareRevision: '' }, {}, undefined],
  ['contradicts', { batch: 'B8', plant: 'pirna' }, {}, { batch: 'B8', plant: 'pirna' }],
  [
    'has another revision',
    { hardwareRevision: '3', firmwareRevision: '1.5' },
    {},
    { hardwareRevision: '3', firmwareRevision: '1.5' },
  ],
  ['tells the revision before a remanufacture', {}, revised, undefined],
  ['tells about the same time', { producedAt: at(madeMs - 10 * day + 1) }, {}, undefined],
  ['tells another time', { producedAt: at(madeMs - 9 * day) }, {}, { producedAtMs: madeMs - 9 * day }],
])('a known component whose plant %s', (_, facts, before, after) => {
  const expected = after && { kind: 'change_component', component: component('BA1', { ...before, ...after }) }
  expect(derived(made('BA1', facts), known(before))).toEqual(expected === undefined ? [] : [expected])
})

test('a new component has the id of its statement; one that was taken for another loses that name', () => {
  const added = {
    kind: 'add_component',
    component: component('BA9', { componentId: saidBy, source: 'plant:dresden' }),
  }
  expect(derived(made('BA9'))).toEqual([added])
  const alias = { name: named('BA9'), componentId: 'id of BA1' }
  const namesake = { ...added, component: { ...added.component, batch: 'B8' } }
  const merged = { ...fleet, aliases: [alias] }
  expect(derived(made('BA9', { batch: 'B8' }), merged)).toEqual([{ kind: 'unalias', ...alias }, namesake])
})

const renewedTo = (revisions: object) =>
  statement({ case: 'componentRemanufactured', value: { component: named('BA1'), ...revisions } }, then)
const revisedAt = (atMs: number) => ({ hardwareRevisedAtMs: atMs, firmwareRevisedAtMs: atMs })
const service = (kind: string, serialNumber: string) => ({
  ...{ kind: 'service', service: kind, bikeId: undefined, componentId: `id of ${serialNumber}`, atMs: then },
})

test.each<[string, object, object, object | undefined]>([
  [
    'other revisions',
    { hardwareRevision: '3', firmwareRevision: '1.5' },
    {},
    { hardwareRevision: '3', firmwareRevision: '1.5', ...revisedAt(then) },
  ],
  [
    'another hardware only',
    { hardwareRevision: '3' },
    {},
    { hardwareRevision: '3', hardwareRevisedAtMs: then },
  ],
  [
    'another firmware only',
    { firmwareRevision: '1.5' },
    {},
    { firmwareRevision: '1.5', firmwareRevisedAtMs: then },
  ],
  ['no revision', {}, {}, undefined],
  [
    'a revision before the known one',
    { hardwareRevision: '3', firmwareRevision: '1.5' },
    revisedAt(then + 1),
    undefined,
  ],
  [
    'a revision after the known one',
    { hardwareRevision: '1' },
    revisedAt(then - 1),
    { hardwareRevision: '1', hardwareRevisedAtMs: then },
  ],
  [
    'of two of one moment the greater one',
    { hardwareRevision: '3' },
    revisedAt(then),
    { hardwareRevision: '3' },
  ],
  ['of two of one moment not the lesser one', { hardwareRevision: '1' }, revisedAt(then), undefined],
  ['the known one again', { hardwareRevision: '2' }, revisedAt(then), undefined],
])('a component made new gets %s', (_, revisions, before, after) => {
  const expected = after && { kind: 'change_component', component: component('BA1', { ...before, ...after }) }
  const changes = expected === undefined ? [] : [expected]
  expect(derived(renewedTo(revisions), known(before))).toEqual([...changes, service('remanufacture', 'BA1')])
})

test('a recycled component has an end, and is told of as long as somebody serves it', () => {
  const ended = { kind: 'change_component', component: component('BA2', { recycledAtMs: then }) }
  expect(derived(recycled('BA2'))).toEqual([ended, service('recycle', 'BA2')])
  expect(derived(recycled('BA1'), known({ recycledAtMs: then }))).toEqual([service('recycle', 'BA1')])
})

const install = (serialNumber: string, pendingUntilMs = open, fromMs = then) => ({
  kind: 'install',
  installation: { ...stay(serialNumber, 'ben', { fromMs }), installedBy: saidBy },
  pendingUntilMs,
})
const explain = { kind: 'explain', bikeId: bikeIds.ben, reason: 'part_missing', subject: 'battery' }
const pending = (role: PendingMove['role'], atMs: number, frameNumber = 'F-ANNA'): PendingMove => ({
  ...{
    role,
    frameNumber,
    slot: 'battery',
    name: named(frameNumber === 'F-BEN' ? 'BA2' : 'BA1'),
    atMs,
    eventId: 'p',
  },
})

test('a fitted component stays, until a statement ends that that is judged together with it', () => {
  expect(derived(fitted('BA2'))).toEqual([install('BA2'), explain])
  const removal = pending('removed', then + 5, 'F-BEN')
  expect(derived(fitted('BA2'), fleet, [removal])).toEqual([install('BA2', then + 5), explain])
})

test('a component that is known to be there since later was there before', () => {
  const installation = stay('BA2', 'ben', { fromMs: then + 2 * day })
  expect(derived(fitted('BA2'), withStays(installation))).toEqual([
    { kind: 'backdate', installation, fromMs: then, installedBy: saidBy },
  ])
  expect(derived(fitted('BA2'), withStays(stay('BA2', 'ben', { fromMs: then })))).toEqual([])
})

const remove = (installation: object) => ({ kind: 'remove', installation, untilMs: then, removedBy: saidBy })
const here = stay('BA1', 'anna')
const endsLater = { ...here, untilMs: then + 9 * day }
const only = (installation: typeof here) => ({ ...fleet, installations: [installation] })

test.each<[string, FleetSnapshot, readonly PendingMove[], object[]]>([
  ['ends its stay', fleet, [], [remove(here)]],
  ['that is known changes nothing', only({ ...here, untilMs: then + 1 }), [], []],
  ['of what was never there changes nothing', { ...fleet, installations: [] }, [], []],
  ['at another time replaces the known end', only(endsLater), [], [remove(endsLater)]],
  [
    'before it comes back splits its stay',
    only(endsLater),
    [pending('fitted', then + day)],
    [{ ...remove(endsLater), kind: 'split', again: { fromMs: then + day, installedBy: 'p' } }],
  ],
])('a removal %s', (_, before, moves, changes) =>
  expect(derived(removed('BA1'), before, moves)).toEqual(changes),
)

const swap = ['BA1', 'BA2'].map((serialNumber) => ({
  ...{
    kind: 'service',
    service: 'swap',
    bikeId: bikeIds.anna,
    componentId: `id of ${serialNumber}`,
    atMs: then,
  },
}))
const intoAnnas = (serialNumber: string) => [
  { ...install(serialNumber), installation: { ...install(serialNumber).installation, bikeId: bikeIds.anna } },
  { ...explain, bikeId: bikeIds.anna },
]

test('a swap removes one component and installs the other', () => {
  expect(derived(swapped('BA1', 'BA2'))).toEqual([remove(here), ...intoAnnas('BA2'), ...swap])
})

test('a swap of what is not there empties the slot of what has no end, and begun before', () => {
  const other = (facts: object) => ({
    ...fleet,
    installations: [stay('BA3', 'anna', facts), stay('MO1', 'anna')],
  })
  const left = (facts: object) => derived(swapped('BA1', 'BA2'), other(facts)).slice(0, -4)
  expect(left({})).toEqual([remove(stay('BA3', 'anna'))])
  expect(left({ fromMs: then - 1 })).toEqual([remove(stay('BA3', 'anna', { fromMs: then - 1 }))])
  expect(left({ fromMs: then })).toEqual([])
  expect(left({ untilMs: then + 1 })).toEqual([])
  expect(left({ slot: 'battery_2' })).toEqual([])
})

test('a swap of which the new component is there already empties nothing', () => {
  const there = { ...fleet, installations: [stay('BA2', 'anna')] }
  expect(derived(swapped('BA1', 'BA2'), there)).toEqual(swap)
})
