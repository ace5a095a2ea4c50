import { expect, test } from 'vitest'
import type { Proposal } from '../../../staff/approvals/port.ts'
import type { ErasureRequests } from './port.ts'
import {
  createEraseRider,
  createErasureExecutor,
  createHoldExecutor,
  erasureProposal,
  legalHoldProposal,
} from './request.ts'

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
  const isEarly = outcome !== 'begun' && outcome !== 'owns_bikes'
  const done: string[] = []
  const erase = createEraseRider(
    {
      begin: async (erasureId, riderId) => {
        done.push(`begin ${erasureId} ${riderId}`)
        return outcome
      },
      obstacle: async () => (isEarly ? outcome : undefined),
      restrict: async (erasureId, riderId) => void done.push(`restrict ${erasureId} ${riderId}`),
      hold: async () => true,
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

test('whoever is held keeps the bikes; the erasure waits, and nothing is used meanwhile', async () => {
  const { done, execute } = executor('held')
  expect(await execute(approved)).toMatchObject({
    done: true,
    detail: expect.stringContaining('legal claim'),
  })
  expect(done).toEqual(['restrict e1 anna'])
})

test('an obstacle that is known before takes no bike from the rider', async () => {
  const { done, execute } = executor('asked_by_rider')
  await execute(approved)
  expect(done).toEqual([])
})

test('a hold is set until its end, and says where it comes too late', async () => {
  const proposal = legalHoldProposal({
    ...{ proposalId: 'h1', riderId: 'anna', untilMs: 86_400_000, reason: 'a claim', proposedBy: 'staff:eva' },
  })
  const held: object[] = []
  const execute = (isOpen: boolean, payload = proposal.payload) =>
    createHoldExecutor({
      hold: async (of) => {
        held.push(of)
        return isOpen
      },
    })({ ...approved, ...proposal, payload })
  expect(await execute(true)).toMatchObject({ done: true, detail: 'held until 1970-01-02T00:00:00.000Z' })
  expect(held).toEqual([{ proposalId: 'h1', riderId: 'anna', untilMs: 86_400_000 }])
  expect(await execute(false)).toMatchObject({ done: false, detail: expect.stringContaining('has begun') })
  expect(await execute(true, { riderId: 'anna' })).toMatchObject({ done: false })
})

test('a content that is none begins nothing', async () => {
  const { done, execute } = executor('begun')
  expect(await execute({ ...approved, payload: { rider: 'anna' } })).toMatchObject({ done: false })
  expect(done).toEqual([])
})
