import { expect, test } from 'vitest'
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import type { CommandState, ReportStage } from './life-cycle.ts'
import type { CommandReport } from './message.ts'
import {
  contestedDetail,
  disposalOf,
  elapsedCommands,
  planExpiry,
  planOthers,
  planReports,
  planSendings,
} from './plan.ts'
import type { CommandChanges } from './port.ts'
import { knownCommand } from './testing/known-command.ts'

const nothing: CommandChanges = {
  ...{ states: new Map(), lines: [], retries: [], handedOver: [], endedByPlatform: [] },
}

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
  expect(plan).toEqual({ ...nothing, outcomes: ['unknown'] })
})

test('a report after the platform ended the command is noted once and changes no state', () => {
  const ended = known('failed').map((command) => ({ ...command, endedByPlatform: true }))
  const plan = planReports(ended, [report('acknowledged'), report('executed'), report('executed')])
  expect(plan.outcomes).toEqual(['final', 'noted', 'repeated'])
  expect(plan.states.size).toBe(0)
  expect(plan.lines).toEqual([
    { commandId: 'c1', state: 'failed', detail: 'reported afterwards: executed', once: true },
  ])
})

test.each<[PublishOutcome, number, number | undefined]>([
  ['stored', 3, undefined],
  ['unroutable', 0, 500],
  ['unroutable', 3, 4_000],
  ['refused', 7, 60_000],
  ['refused', 5_000, 60_000],
])('%s at attempt %d', (outcome, attempts, retryInMs) => {
  const plan = planSendings([knownCommand({ attempts })], [outcome])
  const isSent = retryInMs === undefined
  expect(plan).toEqual({
    ...nothing,
    states: new Map(isSent ? [['c1', 'sent']] : []),
    lines: isSent ? [{ commandId: 'c1', state: 'sent', detail: expect.any(String), once: false }] : [],
    retries: [{ commandId: 'c1', retryInMs: retryInMs ?? 25_000 }],
    handedOver: isSent ? ['c1'] : [],
  })
})

test.each([
  [true, 'signed, and the module of the bike verifies that'],
  [false, 'signed, but a module of the bike obeys without verifying that'],
])('the history tells whether the signature protects the bike: %s', (isVerified, detail) => {
  const { lines } = planSendings([knownCommand({ isVerified })], ['stored'])
  expect(lines).toMatchObject([{ state: 'sent', detail }])
})

test('each outcome is that of its own command, and one without an answer is published again', () => {
  const published = ['c1', 'c2', 'c3'].map((commandId) => knownCommand({ commandId }))
  const { states, retries, handedOver } = planSendings(published, ['refused', 'stored'])
  expect([...states.keys()]).toEqual(['c2'])
  expect(handedOver).toEqual(['c2'])
  expect(retries).toEqual([
    { commandId: 'c1', retryInMs: 500 },
    { commandId: 'c2', retryInMs: 25_000 },
    { commandId: 'c3', retryInMs: 500 },
  ])
})

test.each([
  [0, 25_000],
  [6, 32_000],
  [100, 600_000],
])('a command that was sent and is not acknowledged at attempt %d is sent again', (attempts, retryInMs) => {
  expect(planSendings([knownCommand({ state: 'sent', attempts })], ['stored'])).toEqual({
    ...nothing,
    retries: [{ commandId: 'c1', retryInMs }],
    handedOver: ['c1'],
  })
})

test.each([
  [{}, 'hand_over'],
  [{ isConnected: false }, 'wait'],
  [{ isContested: true }, 'end'],
  [{ isConnected: false, isContested: true }, 'end'],
])('of a bike with %o a due command: %s', (bike, disposal) => {
  expect(disposalOf(knownCommand(bike))).toBe(disposal)
})

test('commands of a bike that sleeps wait for its connection; those of one that is disputed fail', () => {
  const due = [
    knownCommand({ commandId: 'c1' }),
    knownCommand({ commandId: 'c2', isConnected: false, attempts: 3 }),
    knownCommand({ commandId: 'c3', isConnected: false, attempts: 50 }),
    knownCommand({ commandId: 'c4', isContested: true }),
    knownCommand({ commandId: 'c5', isContested: true, isConnected: false, state: 'sent' }),
  ]
  expect(planOthers(due)).toEqual({
    ...nothing,
    states: new Map([
      ['c4', 'failed'],
      ['c5', 'failed'],
    ]),
    lines: ['c4', 'c5'].map((commandId) => ({
      ...{ commandId, state: 'failed', detail: contestedDetail, once: false },
    })),
    retries: [
      { commandId: 'c2', retryInMs: 4_000 },
      { commandId: 'c3', retryInMs: 600_000 },
    ],
    endedByPlatform: ['c4', 'c5'],
  })
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
    ...nothing,
    states: new Map([['c1', 'expired']]),
    lines: [{ commandId: 'c1', state: 'expired', detail, once: false }],
  })
})

test('a command that has ended does not expire', () => {
  expect(planExpiry(known('executed'))).toEqual(nothing)
})
