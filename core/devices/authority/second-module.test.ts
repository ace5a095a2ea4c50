import { expect, test } from 'vitest'
import type { Proposal } from '../../staff/approvals/port.ts'
import { approveSecondModule, readApproved, secondModuleProposal } from './second-module.ts'

const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const module = {
  bikeId,
  deviceId: '9ff54c16-81bd-4456-b645-b5b99fd0ba0e',
  requestPem: 'PEM',
  days: 30,
  verifiesCommands: true,
}
const proposalId = '0190a6f0-0000-7000-8000-00000000000a'
const proposed = secondModuleProposal(module, {
  ...{ proposalId, reason: 'one for the trailer', proposedBy: 'console:ada' },
})
const approved: Proposal = {
  ...{ ...proposed, proposedAtMs: 0, expiresAtMs: 1_000, outcome: undefined },
  decision: { verdict: 'approved', by: 'staff:ben', reason: 'seen', atMs: 500 },
}

test('both persons see which bike gains which module', () => {
  expect(proposed).toMatchObject({ kind: 'second_module', subject: bikeId })
  expect(proposed.effects).toEqual([
    { who: `bike ${bikeId}`, change: 'gains', what: expect.stringContaining(module.deviceId) },
  ])
})

test('what was approved is certified as it was proposed, in the name of who approved', () => {
  expect(readApproved(approved)).toEqual({
    ...{ ok: true, module },
    further: { kind: 'second', proposalId, reason: 'one for the trailer', by: 'staff:ben' },
  })
})

test.each<[string, Proposal | undefined, string]>([
  ['no proposal', undefined, 'no such proposal'],
  ['a proposal of something else', { ...approved, kind: 'retract' }, 'no such proposal'],
  ['one that waits', { ...approved, decision: undefined }, 'no second member of staff'],
  [
    'one that was rejected',
    { ...approved, decision: { verdict: 'rejected', by: 'staff:ben', reason: 'no', atMs: 500 } },
    'no second member of staff',
  ],
  ['content that is none', { ...approved, payload: { bikeId } }, 'none of a second module'],
])('%s is not certified', async (_, proposal, fault) => {
  expect(readApproved(proposal)).toEqual({ ok: false, fault: expect.stringContaining(fault) })
  if (proposal !== undefined) expect(await approveSecondModule(proposal)).toMatchObject({ done: false })
})

test('approved, it says what the operator of the authority does next', async () => {
  expect(await approveSecondModule(approved)).toEqual({
    done: true,
    detail: expect.stringContaining(`enrol-approved ${proposalId}`),
  })
})
