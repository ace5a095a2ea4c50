import { expect, test } from 'vitest'
import type { Proposal } from '../../../staff/approvals/port.ts'
import type { ErasureRequests } from './port.ts'
import { createEraseRider, createErasureExecutor, erasureProposal } from './request.ts'

const proposed = erasureProposal({
  ...{ proposalId: 'e1', riderId: 'anna', reason: 'she asked for it', proposedBy: 'staff:eva' },
})
const approved: Proposal = {
  ...{ ...proposed, proposedAtMs: 0, expiresAtMs: 1, outcome: undefined },
  decision: { verdict: 'approved', by: 'staff:otto', reason: 'seen', atMs: 0 },
}
const bike = (bikeId: string, now: boolean) => ({
  ...{ bikeId, now, frameNumber: undefined, model: undefined, windows: [] },
  ...{ openOffer: undefined, openCase: undefined },
})

function executor(outcome: Awaited<ReturnType<ErasureRequests['begin']>>) {
  const done: string[] = []
  const erase = createEraseRider(
    {
      begin: async (erasureId, riderId) => {
        done.push(`begin ${erasureId} ${riderId}`)
        return outcome
      },
    },
    {
      bikesOf: async () => [bike('b1', true), bike('b2', false)],
      release: async ({ bikeId }) => {
        done.push(`release ${bikeId}`)
        return { bikeId, fromMs: 0 }
      },
    },
  )
  return { done, execute: createErasureExecutor(erase) }
}

test('the rider’s present bikes are released before the erasure begins', async () => {
  const { done, execute } = executor('begun')
  expect(await execute(approved)).toMatchObject({ done: true })
  expect(done).toEqual(['release b1', 'begin e1 anna'])
})

test.each([
  ['case_open', 'a case'],
  ['other_under_way', 'another erasure'],
  ['asked_by_rider', 'has asked for it'],
  ['owns_bikes', 'cannot be released'],
] as const)('%s is told', async (outcome, words) => {
  expect(await executor(outcome).execute(approved)).toMatchObject({
    ...{ done: false, detail: expect.stringContaining(words) },
  })
})

test('a content that is none begins nothing', async () => {
  const { done, execute } = executor('begun')
  expect(await execute({ ...approved, payload: { rider: 'anna' } })).toMatchObject({ done: false })
  expect(done).toEqual([])
})
