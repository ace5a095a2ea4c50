import { expect, test } from 'vitest'
import { createApprovals } from './approvals.ts'
import type { Decision, NewProposal, Outcome, Proposal, ProposalStore } from './port.ts'
import { proposalValidMs, refusalOf, stateOf } from './rules.ts'

const asked: NewProposal = {
  ...{ proposalId: 'p1', kind: 'retract', subject: 'e1', payload: {}, effects: [], reason: 'forged' },
  proposedBy: 'staff:eva',
}
const proposal: Proposal = {
  ...asked,
  ...{ proposedAtMs: 0, expiresAtMs: proposalValidMs, decision: undefined, outcome: undefined },
}
const approval = (by: string): Decision => ({ verdict: 'approved', by, reason: 'seen' })
const decided = (by: string): Proposal => ({ ...proposal, decision: { ...approval(by), atMs: 1 } })

test.each<[string, Proposal, Decision, boolean, string | undefined]>([
  ['another person approves', proposal, approval('staff:max'), false, undefined],
  ['the proposer approves', proposal, approval('staff:eva'), false, 'second_person_needed'],
  ['the console without its setting', proposal, approval('console:root'), false, 'console_may_not_approve'],
  ['the console with its setting', proposal, approval('console:root'), true, undefined],
  [
    'the console after another user of it',
    { ...proposal, proposedBy: 'console:eva' },
    approval('console:root'),
    true,
    'second_person_needed',
  ],
  ['what is decided', decided('staff:max'), approval('staff:tom'), false, 'proposal_closed'],
  ['too late', { ...proposal, expiresAtMs: 5 }, approval('staff:max'), false, 'proposal_closed'],
  [
    'the proposer takes it back',
    proposal,
    { ...approval('staff:eva'), verdict: 'rejected' },
    false,
    undefined,
  ],
])('%s', (_, known, decision, consoleApproves, refused) => {
  expect(refusalOf(known, decision, { nowMs: 5, consoleApproves })).toBe(refused)
})

test('the state of a proposal', () => {
  expect(stateOf(proposal, proposalValidMs - 1)).toBe('open')
  expect(stateOf(proposal, proposalValidMs)).toBe('expired')
  expect(stateOf(decided('staff:max'), proposalValidMs)).toBe('approved')
})

/** One proposal in memory; another process left `more` approved and not carried out. */
function memory(more: readonly Proposal[] = []): ProposalStore {
  let known: Proposal = proposal
  return {
    add: async () => known,
    find: async () => known,
    list: async () => ({ proposals: [known], nextCursor: undefined }),
    async decide(_, decision, refuse) {
      const refused = refuse(known, 5)
      if (refused !== undefined) return { refused }
      known = { ...known, decision: known.decision ?? { ...decision, atMs: 5 } }
      return { proposal: known }
    },
    async carriedOut(_, outcome) {
      known = { ...known, outcome }
    },
    unfinished: async () => more,
    counts: () => Promise.reject(new Error('nobody asks')),
  }
}

test('an approved proposal is carried out once, also when the first approval was cut off', async () => {
  const done: Outcome = { done: true, detail: '' }
  let calls = 0
  const retract = async () => {
    if (++calls === 1) throw new Error('killed')
    return done
  }
  const approvals = createApprovals({ store: memory(), executors: { retract }, consoleApproves: false })
  await expect(approvals.decide('p1', approval('staff:max'))).rejects.toThrow('killed')
  expect(await approvals.decide('p1', approval('staff:tom'))).toEqual({ refused: 'proposal_closed' })
  expect(await approvals.decide('p1', approval('staff:max'))).toMatchObject({ proposal: { outcome: done } })
  expect(await approvals.decide('p1', approval('staff:max'))).toMatchObject({ proposal: { outcome: done } })
  expect(calls).toBe(2)
})

test('a rejected proposal is not carried out', async () => {
  const retract = () => Promise.reject(new Error('carried out'))
  const approvals = createApprovals({ store: memory(), executors: { retract }, consoleApproves: false })
  const rejection: Decision = { verdict: 'rejected', by: 'staff:max', reason: 'no' }
  expect(await approvals.decide('p1', rejection)).toMatchObject({ proposal: { outcome: undefined } })
})

test('what was approved before its process ended is carried out by another one; one that fails keeps none from it', async () => {
  const left = ['p1', 'p2', 'p3'].map((proposalId) => ({ ...decided('staff:max'), proposalId }))
  const carried: string[] = []
  const retract = async ({ proposalId }: Proposal): Promise<Outcome> => {
    if (proposalId === 'p1') throw new Error('away')
    carried.push(proposalId)
    return { done: true, detail: '' }
  }
  const resumed = createApprovals({ store: memory(left), executors: { retract }, consoleApproves: false })
  await expect(resumed.resume()).rejects.toThrow('away')
  expect(carried).toEqual(['p2', 'p3'])
  const other = createApprovals({ store: memory(left), executors: {}, consoleApproves: false })
  expect(await other.resume()).toBe(0)
})
