import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Proposal } from '../../staff/approvals/port.ts'
import type { RetractionOrder, RetractionOutcome } from './port.ts'
import { createRetractionExecutor, retractionProposal } from './proposals.ts'

const eventId = randomUUID()
const proposed = { proposalId: randomUUID(), reason: 'a forgery', proposedBy: 'staff:eva' }
const fitted = {
  eventId: randomUUID(),
  kind: 'componentInstalled',
  before: 'held',
  after: 'applied',
} as const
const taken = { eventId, kind: 'componentSwapped', before: 'applied', after: 'retracted' } as const

test('a proposal says which statements would count no more, and which would count then', () => {
  const asked = retractionProposal(
    eventId,
    { outcome: 'retracted', judgedAgain: 7, changed: [taken, fitted] },
    proposed,
  )
  expect(asked).toMatchObject({ ...proposed, kind: 'retract', subject: eventId, payload: { eventId } })
  expect(asked.effects).toEqual([
    { who: `statement ${eventId} (componentSwapped)`, change: 'loses', what: 'applied → retracted' },
    { who: `statement ${fitted.eventId} (componentInstalled)`, change: 'gains', what: 'held → applied' },
    { who: '7 connected statements', change: 'loses', what: 'this ground: all are judged again' },
  ])
})

test('of many changes the first are named, and the others counted', () => {
  const changed = Array.from({ length: 60 }, () => taken)
  const { effects } = retractionProposal(
    eventId,
    { outcome: 'retracted', judgedAgain: 60, changed },
    proposed,
  )
  expect(effects).toHaveLength(52)
  expect(effects[50]).toMatchObject({ who: '10 more statements' })
})

describe('carrying out', () => {
  const proposal: Proposal = {
    ...retractionProposal(eventId, { outcome: 'retracted', judgedAgain: 1, changed: [taken] }, proposed),
    ...{ proposedAtMs: 0, expiresAtMs: 1, outcome: undefined },
    decision: { verdict: 'approved', by: 'staff:kai', reason: 'seen', atMs: 0 },
  }
  const carriedOut = async (outcome: RetractionOutcome, about: Proposal = proposal) => {
    const orders: RetractionOrder[] = []
    const retract = async (order: RetractionOrder) => {
      orders.push(order)
      return outcome
    }
    return { outcome: await createRetractionExecutor({ retract })(about), orders }
  }

  test('names both persons and the reason', async () => {
    const { outcome, orders } = await carriedOut({ outcome: 'retracted', judgedAgain: 1, changed: [taken] })
    expect(outcome).toEqual({ done: true, detail: 'taken back; 1 statements were judged again' })
    expect(orders).toEqual([
      {
        ...{ eventIds: [eventId], proposalId: proposed.proposalId, cause: 'retract', reason: 'a forgery' },
        ...{ proposedBy: 'staff:eva', approvedBy: 'staff:kai' },
      },
    ])
  })

  test.each<[RetractionOutcome, boolean, RegExp]>([
    [{ outcome: 'repeated' }, true, /before/],
    [{ outcome: 'too_many' }, false, /more than 500/],
    [{ outcome: 'statement_unknown', eventId }, false, /no statement/],
    [{ outcome: 'not_applied', eventId, state: 'held' }, false, /is held/],
  ])('%o', async (outcome, done, detail) => {
    expect((await carriedOut(outcome)).outcome).toEqual({ done, detail: expect.stringMatching(detail) })
  })

  test('content of another kind changes nothing', async () => {
    const { outcome, orders } = await carriedOut({ outcome: 'too_many' }, { ...proposal, payload: {} })
    expect([outcome.done, orders]).toEqual([false, []])
  })
})
