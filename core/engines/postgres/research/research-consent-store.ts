// Consents to research with the keys of their names, and the persons who are to be forgotten.
import type { ResearchConsent, ResearchConsentStore, Withdrawal } from '../../../research/stream/port.ts'
import type { ConsentRange } from '../../../riders/consent/port.ts'
import type { Outbox } from '../../../runtime/publication.ts'
import { backlogOf, type Sql } from '../client/connect.ts'

export function createResearchConsentStore(sql: Sql): ResearchConsentStore {
  return {
    async consentsOf(riderIds) {
      const rows = await sql<
        (ConsentRange & { riderId: string; key: string | null; person: string | null })[]
      >`
        select rider_id as "riderId", key, person,
          coalesce(extract(epoch from lower(granted)) * 1000, '-Infinity')::float8 as "fromMs",
          coalesce(extract(epoch from upper(granted)) * 1000, 'Infinity')::float8 as "untilMs",
          granted @> clock_timestamp() as now
        from consents left join research_keys using (rider_id)
        where rider_id = any(${[...riderIds]}::text[]) and purpose = 'research' and not isempty(granted)
        order by rider_id, granted`
      const consents = new Map<string, ResearchConsent>()
      for (const { riderId, key, person, ...range } of rows) {
        const ranges = [...(consents.get(riderId)?.ranges ?? []), range]
        const period = key === null || person === null ? undefined : { key, person }
        consents.set(riderId, { ranges, period })
      }
      return consents
    },
    async begin(periods) {
      const given = [...periods.values()]
      await sql`
        insert into research_keys (rider_id, key, person)
        select rider_id, key, person from unnest(
          ${[...periods.keys()]}::text[],
          ${given.map(({ key }) => key)}::text[],
          ${given.map(({ person }) => person)}::text[]
        ) as given (rider_id, key, person)
        order by rider_id
        on conflict do nothing`
    },
  }
}

/** Notified when somebody has withdrawn. */
export const withdrawnChannel = 'research_withdrawn'

/** Persons whose withdrawal is not published yet. */
export function createWithdrawals(sql: Sql): Outbox<Withdrawal> {
  return {
    waiting: (limit) => sql<Withdrawal[]>`
      select person from research_withdrawals order by withdrawn_at limit ${limit}`,
    async published(withdrawals) {
      const persons = withdrawals.map(({ person }) => person)
      const { count } = await sql`delete from research_withdrawals where person = any(${persons}::text[])`
      return count
    },
    backlog: () => backlogOf(sql, 'withdrawn_at', sql`research_withdrawals`),
  }
}
