// What the research gateway keeps and asks for: who is hidden, what is left of a researcher's day, and the chain of queries.
import type { AnsweredQuery, Budgets, LoggedQuery, QueryLog } from '../../../research/gateway/port.ts'
import type { Sql } from '../client/connect.ts'
import { locks } from '../client/leadership.ts'

const mostHidden = 262_144

/** Rejects when they are more than a search can leave out. */
export async function hiddenPersons(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ person: string }[]>`
    select person from research_copy_withdrawals limit ${mostHidden + 1}`
  if (rows.length > mostHidden) throw new Error(`more than ${mostHidden} persons wait to be forgotten`)
  return rows.map(({ person }) => person)
}

/** Of all processes, for ever. */
export async function noiseKey(sql: Sql): Promise<string> {
  const [row] = await sql<{ key: string }[]>`select key from research_noise`
  if (row === undefined) throw new Error('the key of the noise is gone')
  return row.key
}

export function createBudgets(sql: Sql): Budgets {
  return {
    async take({ researcher, documents }, { documentsADay, queriesAMinute }) {
      const [taken] = await sql`
        insert into research_budgets as budget (researcher, day, documents, minute, queries)
        values (${researcher}, (now() at time zone 'UTC')::date, ${documents}, date_trunc('minute', now()), 1)
        on conflict (researcher, day) do update set
          documents = budget.documents + excluded.documents,
          minute = excluded.minute,
          queries = case when budget.minute = excluded.minute then budget.queries else 0 end + 1
        where budget.documents + excluded.documents <= ${documentsADay}
          and (budget.minute < excluded.minute or budget.queries < ${queriesAMinute})
        returning researcher`
      if (taken !== undefined) return 'taken'
      const [left] = await sql`
        select from research_budgets
        where researcher = ${researcher} and day = (now() at time zone 'UTC')::date
          and documents + ${documents} <= ${documentsADay}`
      return left === undefined ? 'budget_spent' : 'too_many_queries'
    },
    async giveBack({ researcher, documents }) {
      await sql`
        update research_budgets set documents = greatest(0, documents - ${documents})
        where researcher = ${researcher} and day = (now() at time zone 'UTC')::date`
    },
  }
}

/** How a row of the chain is made of the one before it. */
export interface Chain {
  readonly firstHash: string
  hashOf(before: string, number: number, query: AnsweredQuery): string
}

export function createQueryLog(sql: Sql, { firstHash, hashOf }: Chain): QueryLog {
  return {
    async append(query) {
      await sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${locks.queriesOfResearchers})`
        const [last] = await tx<{ number: string; hash: string }[]>`
          select number, hash from research_queries order by number desc limit 1`
        const number = Number(last?.number ?? 0) + 1
        await tx`
          insert into research_queries (number, researcher, asked_at, query, documents, answer_bytes, hash)
          values (${number}, ${query.researcher}, ${query.askedAt}, ${query.query}, ${query.documents},
            ${query.answerBytes}, ${hashOf(last?.hash ?? firstHash, number, query)})`
      })
    },
    after: (number, limit) => sql<LoggedQuery[]>`
      select number::float8 as number, researcher, asked_at as "askedAt", query, documents,
        answer_bytes as "answerBytes", hash
      from research_queries where number > ${number} order by number limit ${limit}`,
  }
}
