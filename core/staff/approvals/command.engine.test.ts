// The command as an operator uses it: look, and be the second person where a setting says so.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { caseProposal } from '../../riders/ownership/case-proposals.ts'
import { createStaffStores } from './stores.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  return database.drop
})

async function staff(args: readonly string[], approves = 'false'): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url, STAFF_CONSOLE_APPROVES: approves }
  const all = [command, ...args, '--reason', 'seen the invoice']
  return (await promisify(execFile)(process.execPath, all, { env })).stdout
}

async function proposed(proposedBy: string): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(database.sql, [{ bikeId, riderId: 'anna', producedAt: new Date('2025-01-01') }])
  const asked = { proposalId: randomUUID(), reason: 'sold\u001b[2J', proposedBy, bikeId, ownerId: 'anna' }
  const proposal = caseProposal({ ...asked, newRiderId: 'vera', beginsAtMs: undefined })
  await createStaffStores(database.sql).approvals.propose(proposal)
  return asked.proposalId
}

test('the console is the second person only where the setting says so, and what it shows is logged', async () => {
  const id = await proposed('staff:eva')
  expect(await staff(['proposals'])).toContain(id)
  const shown = await staff(['show', id])
  expect(shown).toContain('rider anna loses')
  expect(shown).not.toContain('\u001b')
  await expect(staff(['approve', id])).rejects.toThrow('STAFF_CONSOLE_APPROVES')
  const approved = await staff(['approve', id], 'true')
  expect(approved).toMatch(/^approved by console:\S+ as the second person, since STAFF_CONSOLE_APPROVES/)
  expect(await database.sql`select case_id as id from ownership_cases`).toEqual([{ id }])
  const { accesses } = await createAccessLog(database.sql).ofRider('anna', { limit: 10 })
  expect(accesses.map(({ operation }) => operation.split(' ').at(-1))).toEqual([
    'approve',
    'show',
    'proposals',
  ])
  expect(accesses[0]?.who).toMatch(/^console:/)
})

test('what a console proposed no console approves, and what is rejected is not carried out', async () => {
  const id = await proposed('console:another')
  await expect(staff(['approve', id], 'true')).rejects.toThrow('one console is one person')
  expect(await staff(['reject', id])).toMatch(/^rejected by console:/)
  await expect(staff(['approve', id], 'true')).rejects.toThrow('decided before')
  await expect(staff(['show', randomUUID()])).rejects.toThrow('no proposal')
})
