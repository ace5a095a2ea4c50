import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Proposal } from '../../staff/approvals/port.ts'
import type { RetractionOrder, RetractionOutcome, StateChange } from './port.ts'
import { createRetractionExecutor, proposedText, proposeRetraction, retractionProposal } from './proposals.ts'

const eventId = randomUUID()
const target = { cause: 'retract', eventId } as const
const key = { cause: 'distrust_key', keyId: 'k1', fromMs: Date.UTC(2026, 10, 1) } as const
const proposed = { proposalId: randomUUID(), reason: 'a forgery', proposedBy: 'staff:eva' }
const fitted = {
  eventId: randomUUID(),
  kind: 'componentInstalled',
  source: 'service:x',
  before: 'held',
  after: 'applied',
} as const
const taken: StateChange = {
  ...{ eventId, kind: 'componentSwapped', source: 'plant:x', before: 'applied', after: 'retracted' },
}

const proposal: Proposal = {
  ...retractionProposal(target, { outcome: 'retracted', judgedAgain: 1, changed: [taken] }, proposed),
  ...{ proposedAtMs: 0, expiresAtMs: 1, outcome: undefined },
  decision: { verdict: 'approved', by: 'staff:kai', reason: 'seen', atMs: 0 },
}

test('a proposal says which statements would count no more, and which would count then', () => {
  const asked = retractionProposal(
    target,
    { outcome: 'retracted', judgedAgain: 7, changed: [taken, fitted] },
    proposed,
  )
  expect(asked).toMatchObject({ ...proposed, kind: 'retract', subject: eventId, payload: { eventId } })
  expect(asked.effects).toEqual([
    {
      who: `statement ${eventId} (componentSwapped by plant:x)`,
      change: 'loses',
      what: 'applied → retracted',
    },
    {
      who: `statement ${fitted.eventId} (componentInstalled by service:x)`,
      change: 'gains',
      what: 'held → applied',
    },
    { who: '7 connected statements', change: 'loses', what: 'this ground: all are judged again' },
  ])
})

test('a key that is distrusted is named with the time, before all that it said', () => {
  const sale = { ...taken, kind: 'bikeSold' }
  const asked = retractionProposal(key, { outcome: 'retracted', judgedAgain: 2, changed: [sale] }, proposed)
  expect(asked).toMatchObject({
    ...{ kind: 'distrust_key', subject: 'k1', payload: { keyId: 'k1', from: '2026-11-01T00:00:00.000Z' } },
    effects: [
      { who: 'key k1', change: 'loses', what: expect.stringContaining('from 2026-11-01T00:00:00.000Z on') },
      { change: 'loses', what: 'applied → retracted, and its code unless it was used' },
      { who: '2 connected statements' },
    ],
  })
  expect(proposedText({ ...proposal, ...asked })).toContain('\n  key k1 loses belief')
})

test('where nothing could be taken back, nothing is proposed', async () => {
  const retraction = { preview: async () => ({ outcome: 'too_many' }) as const }
  const approvals = { propose: () => Promise.reject(new Error('proposed')) }
  const answer = await proposeRetraction(key, proposed, { retraction, approvals })
  expect(answer).toEqual({ refused: { outcome: 'too_many' } })
})

test('of many changes the first are named, and the others counted', () => {
  const changed = Array.from({ length: 60 }, () => taken)
  const { effects } = retractionProposal(target, { outcome: 'retracted', judgedAgain: 60, changed }, proposed)
  expect(effects).toHaveLength(52)
  expect(effects[50]).toMatchObject({ who: '10 more statements' })
})

describe('carrying out', () => {
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
    expect(outcome).toEqual({ done: true, detail: '1 taken back; 1 others were judged again' })
    expect(orders).toEqual([
      {
        ...{ target, proposalId: proposed.proposalId, reason: 'a forgery' },
        ...{ proposedBy: 'staff:eva', approvedBy: 'staff:kai' },
      },
    ])
  })

  test.each<[RetractionOutcome, boolean, RegExp]>([
    [{ outcome: 'repeated' }, true, /before/],
    [{ outcome: 'too_many' }, false, /more than 500/],
    [{ outcome: 'key_unknown', keyId: 'k1' }, false, /no key k1/],
    [{ outcome: 'statement_unknown', eventId }, false, /no statement/],
    [{ outcome: 'not_applied', eventId, state: 'held' }, false, /is held/],
  ])('%o', async (outcome, done, detail) => {
    expect((await carriedOut(outcome)).outcome).toEqual({ done, detail: expect.stringMatching(detail) })
  })

  test('the same carries out the distrust of a key', async () => {
    const about = {
      ...proposal,
      ...retractionProposal(key, { outcome: 'retracted', judgedAgain: 0, changed: [] }, proposed),
    }
    const { outcome, orders } = await carriedOut({ outcome: 'retracted', judgedAgain: 0, changed: [] }, about)
    expect([outcome.done, orders[0]?.target]).toEqual([true, key])
  })

  test.each([{}, { keyId: 'k1', from: '2026-11-01T00:00:00.000Z' }, { eventId: 'e1' }])(
    'content of another kind changes nothing: %o',
    async (payload) => {
      const { outcome, orders } = await carriedOut({ outcome: 'too_many' }, { ...proposal, payload })
      expect([outcome.done, orders]).toEqual([false, []])
    },
  )
})
