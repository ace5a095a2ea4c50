import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { finding } from '../judging/findings.ts'
import type { StatementState } from '../judging/port.ts'
import { made, sold, statement } from '../testing/statements.ts'
import type { StoredDecision, StoredStatement } from './port.ts'
import { findingWithoutRider, listed, shown, shownDecisions, shownJudgements } from './shown.ts'

const evidence = { 'said riderId': 'ben', 'known riderId': 'anna', 'said soldAt': '2026-03-02' }
const contradiction = finding('sources_contradict', 'frame:F1', {
  detail: 'riderId is anna, said: ben',
  evidence,
})
const sale = sold('ben', 0)

function stored(state: StatementState, event: ManufacturingEvent = sale): StoredStatement {
  return {
    ...{
      eventId: event.eventId,
      source: 'oem:acme',
      kind: event.event.case ?? '',
      subjects: [],
      state,
      event,
    },
    ...{ occurredAtMs: 0, receivedAtMs: 0, decidedAtMs: 0, findings: [contradiction], record: 'events/0/0' },
  }
}

const names = (what: unknown) => ['anna', 'ben'].filter((rider) => JSON.stringify(what).includes(rider))

test.each<[StatementState]>([['held'], ['refused'], ['applied']])(
  'an old sale that is %s names no rider',
  (state) => {
    const found = stored(state)
    const { event: _, ...row } = found
    expect(names(listed(row))).toEqual([])
    expect(names(shown(found))).toEqual([])
    const judgements = [
      { number: 1, state: 'held', findings: [contradiction], decisionId: null, judgedAtMs: 0 },
    ] as const
    expect(names(shownJudgements(judgements))).toEqual([])
  },
)

test('what is shown is the statement as JSON, and where it comes from', () => {
  expect(shown(stored('held'))).toMatchObject({
    record: 'events/0/0',
    statement: { bikeSold: { frameNumber: 'F-ANNA', soldAt: '1970-01-01T00:00:00Z' } },
  })
  expect(shown(stored('held'))).not.toHaveProperty('event')
})

const decision = (before: ManufacturingEvent | null): StoredDecision => ({
  ...{ decisionId: 'd', verdict: 'correct', author: 'eva', reason: 'odd', mergedInto: null, decidedAtMs: 0 },
  before,
})
const row = statement({
  case: 'unreadableRow',
  value: { file: 'f', line: 1, text: 'F-ANNA;ben', faults: [] },
})
const corrected = made('BA1', { batch: 'sold to ben' })

test.each<[string, StoredStatement, ManufacturingEvent | null, string[]]>([
  ['a sale that is held', stored('held'), sale, []],
  ['an applied sale', stored('applied'), sale, []],
  ['an applied sale that was an unreadable row', stored('applied'), row, []],
  ['an unreadable row that is still refused', stored('refused', row), row, ['ben']],
  ['a statement that was a sale', stored('applied', made('BA1')), sale, []],
  ['no sale at all, as it was', stored('applied', made('BA1')), corrected, ['ben']],
  ['a decision that corrected nothing', stored('applied'), null, []],
])('of the decisions, what was said before: %s', (_, found, before, riders) => {
  expect(names(shownDecisions(found, [decision(before)]))).toEqual(riders)
})

test('a finding that names no rider stays as it is', () => {
  const found = finding('serial_taken', 'battery:BA1', {
    detail: 'batch is B1',
    evidence: { 'said batch': 'B2' },
  })
  expect(findingWithoutRider(found)).toEqual(found)
})

test('a contradiction about riders tells that there is one, and not about whom', () => {
  expect(findingWithoutRider(contradiction)).toEqual({
    ...contradiction,
    detail: 'frame:F1: riders differ',
    evidence: { 'said soldAt': '2026-03-02' },
  })
})
