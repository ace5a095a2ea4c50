import { create } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  day,
  fleet,
  frames,
  madeMs,
  nowMs,
  recycledShelf,
  stay,
  withMotor,
  withStays,
} from '../testing/rule-case.ts'
import {
  again,
  at,
  built,
  changed,
  delivered,
  fitted,
  form,
  made,
  model,
  recycled,
  removed,
  renewed,
  sold,
  swapped,
} from '../testing/statements.ts'
import { finding, type StatementReason } from './findings.ts'
import { acceptedReasons, judge, judgeAndApply, mayCountLater } from './judge.ts'
import type { StatementState } from './port.ts'
import { fields } from './rules/fields.ts'
import { rules } from './rules/index.ts'
import type { Rule } from './rules/rule.ts'
import { createWorkingFacts, type FleetSnapshot } from './working-facts.ts'

interface Case {
  readonly said: ManufacturingEvent
  readonly known?: FleetSnapshot
  readonly accepted?: readonly StatementReason[]
}

const merged = {
  ...fleet,
  aliases: [{ name: { type: 'battery', serialNumber: 'BA9' }, componentId: 'id of BA1' }],
}

const judged = ({ said, known = fleet, accepted = [] }: Case) =>
  judge(said, createWorkingFacts(known), { nowMs, rules, accepted: new Set(accepted) })

test.each<[string, Case, StatementState, string[]]>([
  ['a new component', { said: made('BA9') }, 'applied', ['add_component']],
  ['the same component again', { said: made('BA1') }, 'applied', []],
  ['a component with other facts', { said: made('BA1', { batch: 'B8' }) }, 'held', []],
  [
    '… that a reviewer believes',
    { said: made('BA1', { batch: 'B8' }), accepted: ['serial_taken'] },
    'applied',
    ['change_component'],
  ],
  ['a component under a merged number', { said: made('BA9'), known: merged }, 'applied', []],
  ['… with other facts', { said: made('BA9', { batch: 'B8' }), known: merged }, 'held', []],
  [
    '… that a reviewer believes: it is one itself',
    { said: made('BA9', { batch: 'B8' }), known: merged, accepted: ['serial_taken'] },
    'applied',
    ['unalias', 'add_component'],
  ],
  [
    'a new bike',
    { said: built(), known: withMotor },
    'applied',
    ['add_bike', 'install', 'explain', 'install', 'explain'],
  ],
  [
    'a bike without its motor',
    { said: built({ parts: [] }), known: withMotor },
    'applied',
    ['add_bike', 'flag', 'flag'],
  ],
  ['a bike of parts that nobody knows', { said: built() }, 'held', []],
  ['… which nobody can believe', { said: built(), accepted: ['component_unknown'] }, 'held', []],
  ['a bike that is known', { said: built(again()) }, 'applied', []],
  ['a bike with another id', { said: built(again({ frameNumber: 'F-BEN' })) }, 'held', []],
  ['a sale', { said: sold('anna', madeMs + 9 * day, new Uint8Array(32)) }, 'applied', ['issue_code']],
  ['a sale without a code', { said: sold('anna', madeMs + 9 * day) }, 'applied', []],
  ['a delivery', { said: delivered(madeMs + 3 * day) }, 'applied', ['change_bike']],
  ['a battery fitted where none is', { said: fitted('BA2') }, 'applied', ['install', 'explain']],
  ['a battery fitted where one is', { said: fitted('BA2', 'F-ANNA') }, 'held', []],
  ['… which nobody can believe', { said: fitted('BA2', 'F-ANNA'), accepted: ['slot_taken'] }, 'held', []],
  ['a battery removed', { said: removed('BA1') }, 'applied', ['remove']],
  [
    'a battery exchanged',
    { said: swapped('BA1', 'BA2') },
    'applied',
    ['remove', 'install', 'explain', 'service', 'service'],
  ],
  ['a battery exchanged for itself', { said: swapped('BA1', 'BA1') }, 'refused', []],
  ['a battery exchanged for another than was there', { said: swapped('BA3', 'BA2') }, 'held', []],
  ['a battery that is recycled', { said: recycled('BA2') }, 'applied', ['change_component', 'service']],
  ['a battery that is made new', { said: renewed('BA2') }, 'applied', ['service']],
  ['a recycled battery made new', { said: renewed('BA2'), known: recycledShelf }, 'held', []],
  ['a type', { said: form() }, 'applied', ['define_type']],
  [
    'a model of types that are known',
    { said: model([{ slot: 'motor', type: 'motor' }]) },
    'applied',
    ['define_model'],
  ],
  ['a model of types that nobody knows', { said: model([{ slot: 'bell', type: 'bell' }]) }, 'held', []],
  ['no sender', { said: changed(made('BA9'), { source: '' }) }, 'refused', []],
  [
    'an odd frame number that a reviewer believes',
    {
      said: built({ frameNumber: '#1', parts: [] }),
      known: frames(CheckDigit.NONE),
      accepted: ['serial_format'],
    },
    'applied',
    ['add_bike', 'flag', 'flag'],
  ],
])('%s', (_, given, state, kinds) => {
  const judgement = judged(given)
  expect(judgement.state, judgement.findings.map(({ detail }) => detail).join('; ')).toBe(state)
  expect(judgement.changes.map(({ kind }) => kind)).toEqual(kinds)
})

test('what can never be right is looked at no further', () => {
  const mustNotLook: Rule = {
    reasons: [],
    find: () => {
      throw new Error('looked at')
    },
  }
  const said = changed(made('BA9'), { source: '' })
  const { state, findings } = judge(said, createWorkingFacts(fleet), { nowMs, rules: [fields, mustNotLook] })
  expect(state).toBe('refused')
  expect(findings).toMatchObject([{ reason: 'field_invalid', subject: 'source' }])
})

test('a time beyond all dates is refused, also by rules that do not look at fields first', () => {
  const said = changed(made('BA9'), {
    occurredAt: create(TimestampSchema, { seconds: 9_999_999_999_999n }),
  })
  expect(judged({ said })).toMatchObject({ state: 'refused', findings: [{ subject: 'occurredAt' }] })
  const facts = createWorkingFacts(fleet)
  expect(judge(said, facts, { nowMs, rules: rules.toReversed() }).state).toBe('refused')
})

test('what a rule cannot judge is refused', () => {
  const broken: Rule = {
    reasons: [],
    find: () => {
      throw new RangeError('no such day')
    },
  }
  expect(judge(made('BA9'), createWorkingFacts(fleet), { nowMs, rules: [broken] })).toEqual({
    state: 'refused',
    findings: [finding('field_invalid', '', { detail: 'it cannot be judged: no such day' })],
    changes: [],
  })
})

test('what a reviewer believes is a flag of the judgement, but none of the bike', () => {
  const { findings, changes } = judged({ said: removed('BA3'), accepted: ['component_absent'] })
  expect(findings).toMatchObject([{ reason: 'component_absent', severity: 'flag' }])
  expect(changes).toEqual([])
})

test('a swap that a reviewer believes empties the slot, whatever was in it', () => {
  const accepted: StatementReason[] = ['component_absent']
  // Without the rule that compares slots, as if it had not seen the other battery.
  const withoutPlaces = rules.filter(({ reasons }) => !reasons.includes('slot_taken'))
  const facts = createWorkingFacts(fleet)
  const options = { nowMs, rules: withoutPlaces, accepted: new Set(accepted) }
  const { changes } = judge(swapped('BA3', 'BA2'), facts, options)
  expect(changes).toMatchObject([
    { kind: 'remove', installation: { componentId: 'id of BA1' } },
    { kind: 'install', installation: { componentId: 'id of BA2' } },
    {},
    {},
    {},
  ])
})

test('without any rule the records stay possible all the same', () => {
  const facts = createWorkingFacts(withStays(stay('BA2', 'ben')))
  const judgeWithoutRules = (said: ManufacturingEvent) => judge(said, facts, { nowMs, rules: [] })
  expect(judgeWithoutRules(fitted('BA3', 'F-ANNA'))).toMatchObject({
    state: 'held',
    findings: [{ reason: 'slot_taken' }],
  })
  expect(judgeWithoutRules(swapped('BA1', 'BA2')).findings).toMatchObject([{ reason: 'component_elsewhere' }])
  expect(judgeWithoutRules(built(again({ frameNumber: 'F-BEN' }))).findings).toMatchObject([
    { reason: 'frame_number_taken' },
  ])
  expect(judgeWithoutRules(fitted('BA3', 'F-NOBODY')).findings).toMatchObject([{ reason: 'bike_unknown' }])
})

test('a bike that was registered by hand becomes the one that the plant built', () => {
  const byHand = {
    ...fleet.bikes[1],
    frameNumber: undefined,
    modelId: undefined,
    plant: undefined,
    oem: undefined,
  }
  const known = { ...withMotor, bikes: [byHand as never], installations: [] }
  const said = built({ bikeId: byHand.bikeId, frameNumber: 'F-BEN', producedAt: at(madeMs) })
  expect(judged({ said, known }).changes[0]).toMatchObject({
    kind: 'change_bike',
    bike: { frameNumber: 'F-BEN', modelId: 'city', plant: 'dresden' },
  })
})

test.each<[string, Parameters<typeof acceptedReasons>[0]['decisions'], StatementReason[]]>([
  ['nothing was decided', [], []],
  [
    'two decisions add up',
    [
      { verdict: 'accept', accepted: ['check_digit'] },
      { verdict: 'accept', accepted: ['serial_taken'] },
    ],
    ['check_digit', 'serial_taken'],
  ],
  [
    'what was accepted before a correction says nothing of the corrected statement',
    [
      { verdict: 'accept', accepted: ['check_digit'] },
      { verdict: 'correct', accepted: [] },
      { verdict: 'accept', accepted: ['serial_taken'] },
    ],
    ['serial_taken'],
  ],
  [
    'another verdict takes nothing back',
    [
      { verdict: 'accept', accepted: ['check_digit'] },
      { verdict: 'merge', accepted: [] },
    ],
    ['check_digit'],
  ],
])('of a statement is accepted: %s', (_, decisions, reasons) => {
  expect([...acceptedReasons({ decisions })]).toEqual(reasons)
})

test.each<[string, ManufacturingEvent, string[], string[]]>([
  ['an installation', fitted('BA2'), ['frame:F-BEN', 'battery:BA2'], []],
  ['the same again: what it names, since it may count later', fitted('BA1', 'F-ANNA'), ['battery:BA1'], []],
  ['a delivery', delivered(madeMs + day), ['frame:F-ANNA'], []],
  ['the same component again', made('BA1'), [], []],
  ['one that may have a partner', fitted('BA2', 'F-ANNA'), [], [made('BA9').eventId]],
  ['one that is held for another reason, too', fitted('BA2', 'F-ANNA', nowMs + day), [], []],
  ['one of no bike', recycled('BA1'), [], []],
  ['a refused one', changed(fitted('BA2', 'F-ANNA'), { source: '' }), [], []],
])('what becomes due with %s', (_, said, touched, eventIds) => {
  const facts = createWorkingFacts(fleet)
  expect(judgeAndApply(said, { facts, nowMs }, { rules })).toMatchObject({ touched, again: eventIds })
})

test('who told the end that is replaced is judged again, and the facts change', () => {
  const ended = stay('BA1', 'anna', { untilMs: madeMs + 50 * day, removedBy: 'former' })
  const facts = createWorkingFacts({ ...fleet, installations: [ended] })
  const accepted = new Set<StatementReason>(['sources_contradict'])
  expect(judgeAndApply(removed('BA1'), { facts, nowMs }, { rules, accepted })).toMatchObject({
    state: 'applied',
    again: ['former'],
  })
  expect(facts.installationsOf('id of BA1')).toMatchObject([{ untilMs: madeMs + 9 * day }])
})

const saidBefore = [finding('said_before', '', { detail: '' })]

test.each<[string, ManufacturingEvent, StatementState, typeof saidBefore, boolean]>([
  ['a removal that is known', removed('BA1'), 'applied', saidBefore, true],
  ['an installation that is known', fitted('BA1'), 'applied', saidBefore, true],
  ['a swap that is known', swapped('BA1', 'BA2'), 'applied', saidBefore, true],
  ['a sale that is known', sold('anna', madeMs), 'applied', saidBefore, false],
  ['a delivery that is known', delivered(madeMs), 'applied', saidBefore, false],
  ['a component that is known', made('BA1'), 'applied', saidBefore, false],
  ['a sale that is news', sold('anna', madeMs), 'applied', [], false],
  ['a sale that is held', sold('anna', madeMs), 'held', saidBefore, false],
])('%s: %s, whether it may count later', (_, said, state, findings, mayCount) => {
  expect(mayCountLater(said, { state, findings })).toBe(mayCount)
})

test('what is accepted is a flag only where it would have held the statement', () => {
  const said = changed(made('BA9'), { source: '' })
  expect(judged({ said, accepted: ['field_invalid'] })).toMatchObject({
    state: 'refused',
    findings: [{ severity: 'refuse' }],
  })
})

test('a rule that throws no error refuses, too', () => {
  const broken: Rule = {
    reasons: [],
    find: () => {
      throw 'no such day'
    },
  }
  const { findings } = judge(made('BA9'), createWorkingFacts(fleet), { nowMs, rules: [broken] })
  expect(findings).toMatchObject([{ detail: 'it cannot be judged: no such day' }])
})
