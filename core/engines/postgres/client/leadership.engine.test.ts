import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { connectPostgres } from './connect.ts'
import { createLeadership } from './leadership.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

function candidate(name: string, key: number) {
  const sql = connectPostgres({ url: database.url, name, maxConnections: 1 })
  onTestFinished(() => sql.end())
  return { sql, ...createLeadership(sql, key) }
}

test('one of two has it, and keeps it however often it asks', async () => {
  const [first, second, other] = [candidate('first', 1), candidate('second', 1), candidate('other', 2)]
  expect([await first.isLeader(), await second.isLeader(), await first.isLeader()]).toEqual([
    true,
    false,
    true,
  ])
  expect(await other.isLeader()).toBe(true)
})

test('who loses his session loses it to another, and is told', async () => {
  const [first, second] = [candidate('loser', 3), candidate('winner', 3)]
  await first.isLeader()
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'loser'`
  await expect.poll(() => second.isLeader()).toBe(true)
  await expect.poll(() => first.isLeader().catch(() => 'broken')).toBe(false)
})
