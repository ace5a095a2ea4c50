import { expect, test } from 'vitest'
import type { CommandState, ReportStage } from './life-cycle.ts'
import { type Happening, planChanges } from './plan.ts'

const known = (state: CommandState) => [{ commandId: 'c1', bikeId: 'b1', state }]
const report = (stage: ReportStage, fields: Partial<Happening> = {}): Happening => ({
  commandId: 'c1',
  bikeId: 'b1',
  event: { type: 'reported', stage },
  detail: '',
  ...fields,
})

test('receipt and end in one batch are two lines of history', () => {
  const plan = planChanges(known('sent'), [
    report('acknowledged'),
    report('failed', { detail: 'motor jammed' }),
  ])
  expect(plan.outcomes).toEqual(['moved', 'moved'])
  expect(plan.states).toEqual(new Map([['c1', 'failed']]))
  expect(plan.lines).toEqual([
    { commandId: 'c1', state: 'acknowledged', detail: '', note: false },
    { commandId: 'c1', state: 'failed', detail: 'motor jammed', note: false },
  ])
})

test('the end before the receipt stands', () => {
  const plan = planChanges(known('sent'), [report('executed'), report('acknowledged'), report('executed')])
  expect(plan.outcomes).toEqual(['moved', 'final', 'repeated'])
  expect(plan.lines).toHaveLength(1)
})

test('what is reported after the expiry is noted and changes no state', () => {
  const plan = planChanges(known('expired'), [report('executed'), report('executed')])
  expect(plan.outcomes).toEqual(['noted', 'repeated'])
  expect(plan.states.size).toBe(0)
  expect(plan.lines).toEqual([
    { commandId: 'c1', state: 'expired', detail: 'reported afterwards: executed', note: true },
  ])
})

test.each([
  ['another bike', report('executed', { bikeId: 'b2' })],
  ['an unknown command', report('executed', { commandId: 'c2' })],
])('the word of or about %s counts nothing', (_, happening) => {
  const plan = planChanges(known('sent'), [happening])
  expect(plan).toEqual({ states: new Map(), lines: [], outcomes: ['unknown'] })
})
