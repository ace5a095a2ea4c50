import { expect, test } from 'vitest'
import type { Proposal } from '../../staff/approvals/port.ts'
import { caseProposal, createCaseExecutor, settlementProposal } from './case-proposals.ts'
import type { CaseOutcome, CaseRequest, OwnershipCase, Settlement } from './port.ts'

const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const proposalId = '0190a6f0-0000-7000-8000-00000000000a'
const caseId = '0190a6f0-0000-7000-8000-00000000000b'
const proposed = { proposalId, reason: 'by the invoice', proposedBy: 'staff:eva' }
const approved = (proposal: ReturnType<typeof caseProposal>): Proposal => ({
  ...{ ...proposal, proposedAtMs: 0, expiresAtMs: 1_000, outcome: undefined },
  decision: { verdict: 'approved', by: 'staff:otto', reason: 'seen', atMs: 500 },
})
const asked = { bikeId, ownerId: 'anna', newRiderId: 'vera', beginsAtMs: 0 }

function executor(outcome: CaseOutcome | undefined) {
  const calls: (CaseRequest | Settlement)[] = []
  const execute = createCaseExecutor({
    openCase: async (request) => {
      calls.push(request)
      return outcome ?? { impossible: 'no_bike' }
    },
    settleCase: async (settlement) => {
      calls.push(settlement)
      return outcome
    },
  })
  return { execute, calls }
}

test('both persons see who gains and who loses what', () => {
  expect(caseProposal({ ...proposed, ...asked }).effects).toEqual([
    { who: 'rider anna', change: 'loses', what: expect.stringContaining('since 1970-01-01T00:00:00.000Z') },
    { who: 'rider vera', change: 'gains', what: expect.stringContaining(bikeId) },
  ])
  const nobodys = caseProposal({ ...proposed, ...asked, ownerId: undefined, newRiderId: undefined })
  expect(nobodys.effects).toEqual([])
})

test('an approved case is opened once, in the names of both', async () => {
  const { execute, calls } = executor({ caseId: proposalId, state: 'waiting', objectUntilMs: 0 })
  const { done, detail } = await execute(approved(caseProposal({ ...proposed, ...asked })))
  expect([done, detail]).toEqual([true, expect.stringContaining('may object until 1970')])
  expect(calls).toEqual([
    {
      ...{ caseId: proposalId, bikeId, newRiderId: 'vera', beginsAtMs: 0 },
      ...{ reason: 'by the invoice', author: 'staff:eva+staff:otto' },
    },
  ])
})

test.each(['no_bike', 'case_open', 'no_change'] as const)('%s is told, and nothing is done', async (why) => {
  const { execute } = executor({ impossible: why })
  expect(await execute(approved(caseProposal({ ...proposed, ...asked })))).toMatchObject({ done: false })
})

test('a settlement decides about the case that it names', async () => {
  const about = { caseId, bikeId, formerRiderId: 'anna', newRiderId: 'vera' } as OwnershipCase
  const dismissal = settlementProposal({ ...proposed, about, verdict: 'dismiss' })
  expect(dismissal.effects).toMatchObject([{ who: 'rider anna', change: 'gains' }])
  expect(settlementProposal({ ...proposed, about, verdict: 'uphold' }).effects).toHaveLength(2)
  const { execute, calls } = executor({ caseId, state: 'dismissed', objectUntilMs: 0 })
  expect(await execute(approved(dismissal))).toEqual({ done: true, detail: `case ${caseId} is dismissed` })
  expect(calls).toMatchObject([{ caseId, verdict: 'dismiss', author: 'staff:eva+staff:otto' }])
  expect(await executor(undefined).execute(approved(dismissal))).toMatchObject({ done: false })
})

test('a content of another kind is refused', async () => {
  const odd = { ...approved(caseProposal({ ...proposed, ...asked })), payload: { bikeId } }
  expect(await executor(undefined).execute(odd)).toMatchObject({ done: false })
})

test('where nobody shall own the bike, it is released: the owner loses it, and a code of a sale may give it', () => {
  expect(caseProposal({ ...proposed, ...asked, newRiderId: undefined }).effects).toEqual([
    { who: 'rider anna', change: 'loses', what: expect.stringContaining(bikeId) },
    { who: expect.stringContaining('code'), change: 'gains', what: expect.stringContaining('released') },
  ])
})
