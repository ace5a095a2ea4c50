import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { connectPostgres } from './connect.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a migrated database has nothing left to migrate, also for two at once', async () => {
  const sql = connectPostgres({ url: database.url, name: 'test' })
  expect(await Promise.all([migrate(sql), migrate(sql)])).toEqual([[], []])
  const rows = await sql`select name from schema_migrations`
  expect(rows.length).toBeGreaterThan(0)
  await sql.end()
})
