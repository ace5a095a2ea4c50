import { expect, test } from 'vitest'
import { bike, bikeIds, fleet, madeMs, stay, withStays } from '../../testing/rule-case.ts'
import { built, delivered, fitted, form, made, named, recycled } from '../../testing/statements.ts'
import type { InstallationFact } from '../facts.ts'
import { finding, type StatementReason } from '../findings.ts'
import { createWorkingFacts } from '../working-facts.ts'
import type { Change } from './changes.ts'
import { flagsOf, guard } from './guard.ts'

const later = madeMs + 9
const install = (serialNumber: string, facts: Partial<InstallationFact> = {}): Change => ({
  kind: 'install',
  installation: stay(serialNumber, 'anna', { slot: 'battery_2', ...facts }),
})
const remove = (serialNumber: string, untilMs: number, facts: Partial<InstallationFact> = {}): Change => ({
  kind: 'remove',
  installation: stay(serialNumber, 'anna', facts),
  untilMs,
})
const split = (untilMs: number, fromMs: number): Change => ({
  ...{ kind: 'split', installation: stay('BA1', 'anna'), untilMs, removedBy: 'r' },
  again: { fromMs, installedBy: 'i' },
})
const between = (serialNumber: string, fromMs: number, untilMs: number) =>
  install(serialNumber, { slot: 'battery', fromMs, untilMs })

const elsewhere = [
  'component_elsewhere',
  'battery:BA1',
  'battery:BA1 is in bike F-ANNA, slot battery at that time',
  { known: 'F-ANNA, slot battery' },
]
const taken = [
  'slot_taken',
  'battery',
  'battery:BA1 is in slot battery of bike F-ANNA at that time',
  { known: 'battery:BA1' },
]

test.each<[string, Change[], unknown[][]]>([
  ['a free component in a free slot', [install('BA2')], []],
  ['one slot with two components', [between('BA2', later, later + 1)], [taken]],
  ['one component in two places', [install('BA1', { fromMs: later })], [elsewhere]],
  ['one component in another bike, too', [install('BA1', { bikeId: bikeIds.ben })], [elsewhere]],
  ['both: the component is told of', [between('BA1', later, later + 1)], [elsewhere]],
  ['a stay that ends where the other begins', [between('BA2', later - 20, madeMs)], []],
  ['… and one that ends just after', [between('BA2', later - 20, madeMs + 1)], [taken]],
  ['a stay that begins where the other ends', [remove('BA1', later), between('BA2', later, later + 1)], []],
  ['… and one that begins just before', [remove('BA1', later), between('BA2', later - 1, later)], [taken]],
  [
    'a removal of what was there at another time',
    [remove('BA1', later, { fromMs: 1 }), between('BA2', later, later + 1)],
    [taken],
  ],
  ['a removal of something else', [remove('MO1', later), between('BA2', later, later + 1)], [taken]],
  ['a stay between two of another', [split(later, later + 5), between('BA2', later, later + 5)], []],
  ['… that begins too early', [split(later, later + 5), between('BA2', later - 1, later + 5)], [taken]],
  ['… that ends too late', [split(later, later + 5), between('BA2', later, later + 6)], [taken]],
  [
    'an installation whose end is pending',
    [{ ...between('BA2', 1, later), pendingUntilMs: madeMs } as Change],
    [],
  ],
])('%s', (_, changes, findings) => {
  const found = guard(changes, createWorkingFacts(fleet))
  expect(found.map(({ reason, subject, detail, evidence }) => [reason, subject, detail, evidence])).toEqual(
    findings,
  )
})

test('what one statement installs is compared with itself, too', () => {
  const found = (...changes: Change[]) =>
    guard(changes, createWorkingFacts(fleet)).map(({ reason }) => reason)
  expect(found(install('BA2'), install('BA3'))).toEqual(['slot_taken'])
  expect(found(install('BA2'), install('BA2', { slot: 'rack' }))).toEqual(['component_elsewhere'])
  expect(found(install('BA2'), install('BA3', { slot: 'rack' }))).toEqual([])
  expect(found(install('BA2'), install('BA3', { bikeId: bikeIds.ben }))).toEqual([])
})

test('an earlier beginning must be free before the known one', () => {
  const known = withStays(stay('BA2', 'anna', { fromMs: 5, untilMs: 9 }))
  const found = (fromMs: number) => {
    const backdate: Change = { kind: 'backdate', installation: stay('BA1', 'anna'), fromMs, installedBy: 'i' }
    return guard([backdate], createWorkingFacts(known)).map(({ reason }) => reason)
  }
  expect([found(9), found(8)]).toEqual([[], ['slot_taken']])
})

test('things without a name are told of by their ids', () => {
  const stays = [stay('BA7', 'anna', { bikeId: 'b' })]
  const facts = createWorkingFacts({ ...fleet, installations: stays })
  const found = (change: Change) => guard([change], facts).map(({ detail }) => detail)
  expect(found(install('BA2', { bikeId: 'b', slot: 'battery' }))).toEqual([
    'id of BA7 is in slot battery of bike b at that time',
  ])
  expect(found(install('BA7'))).toEqual(['id of BA7 is in bike b, slot battery at that time'])
})

const frame = (bikeId: string, frameNumber: string | undefined): Change => ({
  kind: 'change_bike',
  bike: bike('anna', { bikeId, frameNumber }),
})

test.each<[string, Change, [string, string, object][]]>([
  [
    'a frame number of another bike',
    frame(bikeIds.new, 'F-BEN'),
    [['frame_number_taken', 'frame:F-BEN', { said: bikeIds.new, known: bikeIds.ben }]],
  ],
  [
    'a new bike under the number of another',
    { ...frame(bikeIds.new, 'F-BEN'), kind: 'add_bike' } as Change,
    [['frame_number_taken', 'frame:F-BEN', { said: bikeIds.new, known: bikeIds.ben }]],
  ],
  ['its own frame number', frame(bikeIds.ben, 'F-BEN'), []],
  ['a new frame number', frame(bikeIds.ben, 'F-NOW'), []],
  ['no frame number', frame(bikeIds.ben, undefined), []],
  [
    'an alias that is a component',
    { kind: 'alias', name: named('BA2'), componentId: 'id of BA1' },
    [['serial_taken', 'battery:BA2', {}]],
  ],
  ['an alias that is free', { kind: 'alias', name: named('BA9'), componentId: 'id of BA1' }, []],
  ['a name that is taken away', { kind: 'unalias', name: named('BA2'), componentId: 'id of BA1' }, []],
])('%s', (_, change, findings) => {
  const found = guard([change], createWorkingFacts(fleet))
  expect(found.map(({ reason, subject, evidence }) => [reason, subject, evidence])).toEqual(findings)
})

const doubts = (['part_missing', 'said_before', 'check_digit'] as const).map((reason) =>
  finding(reason, '', { detail: '' }),
)

test.each<[string, Parameters<typeof flagsOf>[0], object]>([
  ['the bike that is produced', built(), { bikeId: bikeIds.new }],
  ['the bike that it concerns', delivered(later), { bikeId: bikeIds.anna }],
  ['the bike rather than the component', fitted('BA2'), { bikeId: bikeIds.ben }],
  ['the component', recycled('BA2'), { componentId: 'id of BA2' }],
  ['the component that it makes', made('BA9'), { componentId: made('BA9').eventId }],
])('doubts stay with %s', (_, said, about) => {
  const accepted = new Set<StatementReason>()
  const flags = flagsOf(said, createWorkingFacts(fleet), { findings: doubts, accepted })
  expect(flags).toEqual([doubts[0], doubts[2]].map((each) => ({ kind: 'flag', finding: each, ...about })))
})

test('no doubt stays that a reviewer accepted, nor one about no bike and no component', () => {
  const facts = createWorkingFacts(fleet)
  const accepted = new Set<StatementReason>(['check_digit', 'part_missing'])
  expect(flagsOf(built(), facts, { findings: doubts, accepted })).toEqual([])
  expect(flagsOf(form(), facts, { findings: doubts, accepted: new Set() })).toEqual([])
})
