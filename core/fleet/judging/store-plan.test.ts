import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { subjectsOf } from '../statements/subjects.ts'
import { fleet, nowMs } from '../testing/rule-case.ts'
import { changed, fitted, form, made, swapped } from '../testing/statements.ts'
import { finding, type StatementReason } from './findings.ts'
import type { FleetDecision, JudgedStatement, KnownStatement, LoadedFleet, RecordedDecision } from './port.ts'
import { type Asked, fleetAnswer, fleetQuestion } from './store-plan.ts'

const said = fitted('BA2')
const asked: Asked = { statements: [said] }
const question = fleetQuestion(asked, subjectsOf(said))
const loaded: LoadedFleet = {
  nowMs,
  snapshot: fleet,
  statements: [],
  waiting: [],
  decision: undefined,
  awaited: [],
  partners: [],
}
const stored = (event: ManufacturingEvent, facts: Partial<KnownStatement> = {}): KnownStatement => ({
  ...{ event, contentSha256: '', record: 'events/0/0', state: 'held', findings: [] },
  ...{ judgement: 1, decisions: [], isDue: false, speaker: { provenance: 'legacy' } },
  ...facts,
})
const judged = (facts: Partial<JudgedStatement> = {}): JudgedStatement => ({
  ...{ event: said, state: 'applied', findings: [], changes: [], touched: [], again: [] },
  ...facts,
})

function answer(more: Partial<LoadedFleet> = {}, decision: FleetDecision = { judged: [judged()] }) {
  return fleetAnswer(asked, { loaded: { ...loaded, ...more }, question, decide: () => decision })
}

function writesOf(decision: FleetDecision) {
  const found = answer({}, decision)
  if (!('writes' in found)) throw new Error('more was asked for')
  return found.writes
}

const lockedSubjects = (found: ReturnType<typeof answer>) =>
  'more' in found ? found.more.locks.map(({ subject }) => subject) : 'decided'

test('the first question is about all that the statements name, each once', () => {
  const first = fleetQuestion({ statements: [said, said] }, [...subjectsOf(said), ...subjectsOf(said)])
  expect(first).toMatchObject({
    names: { frames: ['F-BEN'], types: ['battery'], components: [{ serialNumber: 'BA2' }] },
    waitingFor: [],
    componentIds: [],
  })
  expect(first.locks.map(({ subject, isExclusive }) => [subject, isExclusive])).toEqual([
    ['frame:F-BEN', true],
    ['battery:BA2', true],
    ['type:battery', false],
  ])
})

test('a statement that defines a type locks it alone', () => {
  const definition = form()
  const { locks } = fleetQuestion({ statements: [definition] }, subjectsOf(definition))
  expect(locks).toEqual([{ subject: 'type:lamp', isDefinition: true, isExclusive: true }])
})

test('statements that wait for the bikes are loaded where they are asked for', () => {
  const statements = [said, swapped('BA1', 'BA2'), said, made('BA9')]
  expect(fleetQuestion({ statements, withWaiting: true }, []).waitingFor).toEqual([
    'frame:F-BEN',
    'frame:F-ANNA',
  ])
})

const alias = { name: { type: 'battery', serialNumber: 'BA2' }, componentId: 'id of BA3' }

test.each<[string, Partial<LoadedFleet>, string[]]>([
  [
    'another bike that the stored statement names',
    { statements: [stored(fitted('BA2', 'F-ANNA'))] },
    ['frame:F-ANNA'],
  ],
  ['what a waiting statement names', { waiting: [stored(fitted('BA3'))] }, ['battery:BA3']],
  ['the own name of a component', { snapshot: { ...fleet, aliases: [alias] } }, ['battery:BA3']],
])('before anything is decided, the store locks %s, too', (_, more, subjects) => {
  const locks = lockedSubjects(answer(more))
  expect(locks).toEqual([...subjectsOf(said), ...subjects])
})

test('a component that a reviewer names is locked, too', () => {
  const withComponent = { ...asked, componentId: 'id of MO1' }
  const decide = () => ({ judged: [] })
  const found = fleetAnswer(withComponent, { loaded, question, decide })
  expect('more' in found && found.more).toMatchObject({
    componentIds: ['id of MO1'],
    names: { components: [{ serialNumber: 'BA2' }, { type: 'motor', serialNumber: 'MO1' }] },
  })
})

test('nothing is written while a subject is touched that is not locked', () => {
  const locks = lockedSubjects(answer({}, { judged: [judged({ touched: ['motor:MO1', 'battery:BA2'] })] }))
  expect(locks).toEqual([...subjectsOf(said), 'motor:MO1'])
})

test('what is locked is decided about, with the facts as they were loaded', () => {
  const before = stored(said)
  const decided = fleetAnswer(asked, {
    loaded: { ...loaded, statements: [before], decision: { eventId: 'e', requestSha256: 'r' } },
    question,
    decide(known) {
      expect(known.statements.get(said.eventId)).toBe(before)
      expect(known.facts.bikeByFrame('F-BEN')?.frameNumber).toBe('F-BEN')
      expect(known).toMatchObject({ nowMs, waiting: [], decision: { eventId: 'e' } })
      return { judged: [judged({ touched: ['battery:BA2', 'battery:BA2'], again: ['x'] })] }
    },
  })
  expect(decided).toMatchObject({ writes: { touched: ['battery:BA2'], again: ['x'], review: undefined } })
})

const doubt = (reason: StatementReason) => [finding(reason, '', { detail: '' })]

test.each<[string, Partial<JudgedStatement>, string[]]>([
  ['a statement that is held waits for all its subjects', { state: 'held' }, subjectsOf(said)],
  ['an applied one waits for nothing', {}, []],
  ['a refused one waits for nothing', { state: 'refused' }, []],
  [
    'an applied one that may count later waits for no definition',
    { findings: doubt('said_before') },
    ['frame:F-BEN', 'battery:BA2'],
  ],
])('%s', (_, facts, waitsFor) => {
  expect(writesOf({ judged: [judged(facts)] }).statements).toMatchObject([
    { subjects: subjectsOf(said), waitsFor },
  ])
})

test('a judgement carries the decision that led to it, and no other', () => {
  const other = changed(made('BA9'), { eventId: '01936f00-0000-7000-8000-0000000000ab' })
  const review = { decisionId: 'd', eventId: said.eventId } as RecordedDecision
  const { statements } = writesOf({ judged: [judged(), judged({ event: other })], review })
  expect(statements.map(({ decisionId }) => decisionId)).toEqual(['d', undefined])
})

test('changes are arranged in batches, with the statement that says so', () => {
  const change = { kind: 'alias', ...alias } as const
  const { batches, changedParts } = writesOf({ judged: [judged({ changes: [change] })] })
  expect(batches).toEqual([[{ kind: 'alias', stated: [{ change, saidBy: said.eventId }] }]])
  expect([...changedParts.components]).toEqual([['id of BA3', said.eventId]])
})
