// Who consents to research by the names of the stream, and whom the research copy has still to forget.
import type { ConsentGate, PendingWithdrawal, PendingWithdrawals } from '../../../research/copy/port.ts'
import { backlogOf, type Sql } from '../client/connect.ts'

export function createConsentGate(sql: Sql): ConsentGate {
  return {
    async consenting(persons) {
      const rows = await sql<{ person: string }[]>`
        select person from research_keys where person = any(${[...persons]}::text[])`
      return new Set(rows.map(({ person }) => person))
    },
  }
}

export function createPendingWithdrawals(sql: Sql): PendingWithdrawals {
  return {
    waiting: (limit) => sql<PendingWithdrawal[]>`
      select person, (extract(epoch from clock_timestamp() - withdrawn_at) * 1000)::float8 as "ageMs"
      from research_copy_withdrawals order by withdrawn_at limit ${limit}`,
    async forgotten(persons) {
      await sql`delete from research_copy_withdrawals where person = any(${[...persons]}::text[])`
    },
    backlog: () => backlogOf(sql, 'withdrawn_at', sql`research_copy_withdrawals`),
  }
}
