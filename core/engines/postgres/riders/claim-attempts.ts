// Tries of codes in PostgreSQL, so that all processes of the API count alike. A row lives as long as its window.
import type { ClaimAttempts } from '../../../riders/ownership/port.ts'
import type { Sql } from '../client/connect.ts'

export function createClaimAttempts(sql: Sql): ClaimAttempts {
  return {
    async count(callers, windowMs) {
      // In one order, so that two who count the same callers cannot wait for each other.
      const rows = await sql<{ tries: number }[]>`
        insert into claim_attempts as known (caller, began_at, tries)
        select caller, now(), 1 from unnest(${[...callers]}::text[]) as caller order by caller
        on conflict (caller) do update set
          began_at = case when ${isOver(sql, windowMs)} then now() else known.began_at end,
          tries = case when ${isOver(sql, windowMs)} then 1 else known.tries + 1 end
        returning tries`
      return Math.max(...rows.map(({ tries }) => tries))
    },
    async forget(windowMs) {
      await sql`delete from claim_attempts as known where ${isOver(sql, windowMs)}`
    },
  }
}

const isOver = (sql: Sql, windowMs: number) =>
  sql`known.began_at <= now() - ${windowMs} * interval '1 millisecond'`
