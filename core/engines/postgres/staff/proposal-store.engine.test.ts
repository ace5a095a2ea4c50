import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import type { NewProposal } from '../../../staff/approvals/port.ts'
import type { Sql } from '../client/connect.ts'
import { createProposalStore } from './proposal-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

const dayMs = 86_400_000
const asked = (): NewProposal => ({
  ...{ proposalId: randomUUID(), kind: 'retract', subject: 'event 1', payload: { eventId: 'e1' } },
  effects: [{ who: 'rider anna', change: 'loses', what: 'the bike F-1' }],
  ...{ reason: 'forged', proposedBy: 'staff:eva' },
})
const approval = { verdict: 'approved', by: 'staff:max', reason: 'seen' } as const
const nothing = () => undefined

test('a proposal is stored once, and read as it was asked', async () => {
  const store = createProposalStore(sql)
  const proposal = asked()
  const first = await store.add(proposal, dayMs)
  expect(first).toMatchObject({ ...proposal, decision: undefined, outcome: undefined })
  expect(first.expiresAtMs - first.proposedAtMs).toBe(dayMs)
  expect(await store.add({ ...proposal, reason: 'another one' }, dayMs)).toEqual(first)
  expect(await store.find(proposal.proposalId)).toEqual(first)
  expect(await store.find(randomUUID())).toBeUndefined()
})

test('a decision and its outcome are kept; a refusal leaves the proposal as it is', async () => {
  const store = createProposalStore(sql)
  const { proposalId } = await store.add(asked(), dayMs)
  expect(await store.decide(randomUUID(), approval, nothing)).toBeUndefined()
  expect(await store.decide(proposalId, approval, () => 'no' as const)).toEqual({ refused: 'no' })
  expect((await store.find(proposalId))?.decision).toBeUndefined()
  expect(await store.decide(proposalId, approval, nothing)).toMatchObject({
    proposal: { decision: { ...approval, atMs: expect.any(Number) } },
  })
  await store.carriedOut(proposalId, { done: true, detail: 'retracted' })
  await store.carriedOut(proposalId, { done: false, detail: 'again' })
  expect((await store.find(proposalId))?.outcome).toEqual({ done: true, detail: 'retracted' })
})

test('the database refuses an approval by whoever proposed', async () => {
  const store = createProposalStore(sql)
  const { proposalId, proposedBy } = await store.add(asked(), dayMs)
  await expect(store.decide(proposalId, { ...approval, by: proposedBy }, nothing)).rejects.toThrow('check')
  expect((await store.find(proposalId))?.decision).toBeUndefined()
})

test('open ones are listed oldest first, page by page', async () => {
  const store = createProposalStore(sql)
  await sql`delete from proposals`
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.push((await store.add(asked(), dayMs)).proposalId)
  await store.add(asked(), -1)
  await store.decide((await store.add(asked(), dayMs)).proposalId, approval, nothing)
  const first = await store.list({ isOpen: true }, { limit: 2 })
  const cursor = first.nextCursor ?? ''
  const second = await store.list({ isOpen: true }, { limit: 2, cursor })
  const listed = [...first.proposals, ...second.proposals].map(({ proposalId }) => proposalId)
  expect(listed.sort()).toEqual(ids.sort())
  expect(second.nextCursor).toBeUndefined()
  expect((await store.list({ isOpen: false }, { limit: 10 })).proposals).toHaveLength(5)
})

test('what was approved and not carried out is found once it is old enough, and counted', async () => {
  const store = createProposalStore(sql)
  await sql`delete from proposals`
  const [open, old, fresh, done] = [asked(), asked(), asked(), asked()]
  for (const each of [open, old, fresh, done]) await store.add(each, dayMs)
  for (const { proposalId } of [old, fresh, done]) await store.decide(proposalId, approval, nothing)
  await store.carriedOut(done.proposalId, { done: true, detail: '' })
  await sql`update proposals set decided_at = now() - interval '2 minutes' where proposal_id = ${old.proposalId}`
  await sql`update proposals set proposed_at = now() - interval '2 days' where proposal_id = ${open.proposalId}`
  const found = await store.unfinished(60_000, 10)
  expect(found.map(({ proposalId }) => proposalId)).toEqual([old.proposalId])
  expect(await store.counts()).toEqual({ under_a_day: 0, under_a_week: 1, older: 0, approved: 2 })
})
