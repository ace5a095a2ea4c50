// Consents in PostgreSQL: a range of time for each stretch in which a rider consented to a purpose.
import type {
  ConsentRange,
  ConsentReader,
  ConsentStore,
  ConsentSubject,
  Purpose,
  Stretch,
} from '../../../riders/consent/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export function createConsentReader(sql: Sql): ConsentReader {
  return { consentsOf: (riderIds, purpose) => consentsOf(sql, riderIds, purpose) }
}

async function consentsOf(sql: Sql, riderIds: readonly string[], purpose: Purpose) {
  const rows = await sql<{ riderId: string; fromMs: number; untilMs: number; now: boolean }[]>`
    select rider_id as "riderId",
      coalesce(extract(epoch from lower(granted)) * 1000, '-Infinity')::float8 as "fromMs",
      coalesce(extract(epoch from upper(granted)) * 1000, 'Infinity')::float8 as "untilMs",
      granted @> clock_timestamp() as now
    from consents
    where rider_id = any(${[...riderIds]}::text[]) and purpose = ${purpose} and not isempty(granted)
    order by rider_id, granted`
  const consents = new Map<string, ConsentRange[]>()
  for (const { riderId, ...range } of rows) consents.set(riderId, [...(consents.get(riderId) ?? []), range])
  return consents
}

export function createConsentStore(sql: Sql): ConsentStore {
  return {
    async change({ riderId, purpose }, plan) {
      await sql.begin(async (tx) => {
        // A grant replaces rows: a withdrawal beside it would end none of them.
        await tx`select pg_advisory_xact_lock(hashtextextended(${`consent ${riderId} ${purpose}`}, 0))`
        const [clock = { nowUs: 0 }] = await tx<{ nowUs: number }[]>`
          select floor(extract(epoch from clock_timestamp()) * 1000000)::float8 as "nowUs"`
        const known = await tx<Stretch[]>`
          select coalesce(extract(epoch from lower(granted)) * 1000000, '-Infinity')::float8 as "fromUs",
            coalesce(extract(epoch from upper(granted)) * 1000000, 'Infinity')::float8 as "untilUs"
          from consents where rider_id = ${riderId} and purpose = ${purpose} and not isempty(granted)
          order by granted`
        const stretches = plan(known, clock.nowUs)
        await tx`delete from consents where rider_id = ${riderId} and purpose = ${purpose}`
        await insertStretches(tx, { riderId, purpose }, stretches)
      })
    },
  }
}

async function insertStretches(
  tx: Transaction,
  { riderId, purpose }: ConsentSubject,
  stretches: readonly Stretch[],
): Promise<void> {
  const finite = (us: number) => (Number.isFinite(us) ? us : null)
  await tx`
    insert into consents (rider_id, purpose, granted)
    select ${riderId}, ${purpose}, tstzrange(
      'epoch'::timestamptz + from_us * interval '1 microsecond', 'epoch'::timestamptz + until_us * interval '1 microsecond')
    from unnest(
      ${stretches.map(({ fromUs }) => finite(fromUs))}::float8[],
      ${stretches.map(({ untilUs }) => finite(untilUs))}::float8[]
    ) as given (from_us, until_us)`
}

/** All stretches of one rider, oldest first. */
export async function consentHistory(sql: Sql, riderId: string) {
  return sql<{ purpose: string; from: Date | null; until: Date | null }[]>`
    select purpose, lower(granted) as from, upper(granted) as until
    from consents where rider_id = ${riderId} order by purpose, granted`
}
