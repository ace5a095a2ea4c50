// What waits is found without reading all that was ever said.
import postgres from 'postgres'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { createReviewReader } from './review-store.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await database.sql`
    insert into manufacturing_events (event_id, source, kind, subjects, statement, sha256, record, state, provenance)
    select gen_random_uuid(), 'plant:x', 'componentProduced', array['battery:B' || n], '', '', 'r',
      case when n % 500 = 0 then 'refused' when n % 501 = 0 then 'held' else 'applied' end, 'legacy'
    from generate_series(1, 20000) as n`
  await database.sql`analyze manufacturing_events`
  return database.drop
})

test.each(['held', 'refused'] as const)('pages of what is %s come from an index', async (state) => {
  const asked: { query: string; parameters: unknown[] }[] = []
  const sql = postgres(database.url, {
    max: 1,
    debug: (_connection, query, parameters) => asked.push({ query, parameters }),
  })
  try {
    const { statements } = await createReviewReader(sql).list({ state }, { limit: 10 })
    expect(statements).toHaveLength(10)
    const [listing] = asked.filter(({ query }) => query.includes('order by position'))
    const plan = await sql.unsafe(`explain ${listing?.query}`, listing?.parameters as string[])
    const lines = plan.map((row) => String(row['QUERY PLAN'])).join('\n')
    expect(lines).toMatch(/Index Scan using \S+ on manufacturing_events/)
    expect(lines).not.toMatch(/Sort|Seq Scan on manufacturing_events/)
  } finally {
    await sql.end()
  }
})
