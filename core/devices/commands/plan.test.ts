import { expect, test } from 'vitest'
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import type { CommandState, ReportStage } from './life-cycle.ts'
import type { CommandReport } from './message.ts'
import { elapsedCommands, planExpiry, planReports, planSendings } from './plan.ts'

const known = (state: CommandState, commandId = 'c1') => [{ commandId, bikeId: 'b1', state }]
const report = (stage: ReportStage, fields: Partial<CommandReport> = {}): CommandReport => ({
  ...{ commandId: 'c1', bikeId: 'b1', stage, detail: '' },
  ...fields,
})

test('receipt and end in one batch are two lines of history', () => {
  const plan = planReports(known('sent'), [
    report('acknowledged'),
    report('failed', { detail: 'motor jammed' }),
  ])
  expect(plan.outcomes).toEqual(['moved', 'moved'])
  expect(plan.states).toEqual(new Map([['c1', 'failed']]))
  expect(plan.lines).toEqual([
    { commandId: 'c1', state: 'acknowledged', detail: '', once: false },
    { commandId: 'c1', state: 'failed', detail: 'motor jammed', once: false },
  ])
})

test('the end before the receipt stands', () => {
  const plan = planReports(known('sent'), [report('executed'), report('acknowledged'), report('executed')])
  expect(plan.outcomes).toEqual(['moved', 'final', 'repeated'])
  expect(plan.lines).toHaveLength(1)
})

test('of two ends the one that is reported first stands', () => {
  const ends = [report('executed'), report('failed')]
  expect(planReports(known('sent'), ends).states).toEqual(new Map([['c1', 'executed']]))
  expect(planReports(known('sent'), ends.toReversed()).states).toEqual(new Map([['c1', 'failed']]))
})

test('a report after the expiry is noted and changes no state', () => {
  const plan = planReports(known('expired'), [report('executed'), report('executed')])
  expect(plan.outcomes).toEqual(['noted', 'repeated'])
  expect(plan.states.size).toBe(0)
  expect(plan.lines).toEqual([
    { commandId: 'c1', state: 'expired', detail: 'reported afterwards: executed', once: true },
  ])
})

test.each([
  ['by another bike', report('executed', { bikeId: 'b2' })],
  ['about an unknown command', report('executed', { commandId: 'c2' })],
])('a report %s has no effect', (_, unknown) => {
  const plan = planReports(known('sent'), [unknown])
  expect(plan).toEqual({ states: new Map(), lines: [], retries: [], outcomes: ['unknown'] })
})

test.each<[PublishOutcome, number, number | undefined]>([
  ['stored', 3, undefined],
  ['unroutable', 0, 500],
  ['unroutable', 3, 4_000],
  ['refused', 7, 60_000],
  ['refused', 5_000, 60_000],
])('%s at attempt %d', (outcome, attempts, retryInMs) => {
  const plan = planSendings([{ ...{ commandId: 'c1', bikeId: 'b1', state: 'queued', attempts } }], [outcome])
  const isSent = retryInMs === undefined
  expect(plan).toEqual({
    states: new Map(isSent ? [['c1', 'sent']] : []),
    lines: isSent ? [{ commandId: 'c1', state: 'sent', detail: '', once: false }] : [],
    retries: isSent ? [] : [{ commandId: 'c1', retryInMs }],
  })
})

test('each outcome is that of its own command, and one without an answer is published again', () => {
  const published = ['c1', 'c2', 'c3'].flatMap((id) =>
    known('queued', id).map((each) => ({ ...each, attempts: 0 })),
  )
  const { states, retries } = planSendings(published, ['refused', 'stored'])
  expect([...states.keys()]).toEqual(['c2'])
  expect(retries.map(({ commandId }) => commandId)).toEqual(['c1', 'c3'])
})

test('silence ends a command that a bike may have only when reports would have arrived', () => {
  expect(elapsedCommands(7, false)).toEqual({ kind: 'elapsed', limit: 7, expiredForMs: { queued: 0 } })
  expect(elapsedCommands(7, true)).toEqual({
    ...{ kind: 'elapsed', limit: 7 },
    expiredForMs: { queued: 0, sent: 5_000, acknowledged: 60_000 },
  })
})

test.each<[CommandState, string]>([
  ['queued', 'the bike could not be reached in time'],
  ['sent', 'the bike has not answered in time'],
  ['acknowledged', 'the bike has it, and has not reported its end in time'],
])('a %s command whose time has passed says why it expires', (state, detail) => {
  expect(planExpiry(known(state))).toEqual({
    states: new Map([['c1', 'expired']]),
    lines: [{ commandId: 'c1', state: 'expired', detail, once: false }],
    retries: [],
  })
})

test('a command that has ended does not expire', () => {
  expect(planExpiry(known('executed'))).toEqual({ states: new Map(), lines: [], retries: [] })
})
