// Consents in PostgreSQL: a range of time for each stretch in which a rider consented to a purpose.
import type { ConsentRange, ConsentReader, Purpose } from '../../../riders/consent/port.ts'
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

export interface ConsentChange {
  readonly riderId: string
  readonly purpose: Purpose
}

/**
 * Opens a consent from `from`, or from now. An open consent that begins earlier stays; stretches that overlap become one.
 * Without `from` it never reaches back into a stretch that was withdrawn, whatever the clock says.
 * Throws when `from` lies in the future: a consent is given, not announced.
 */
export async function grantConsent(
  sql: Sql,
  change: ConsentChange & { from?: Date | undefined },
): Promise<void> {
  const { riderId, purpose } = change
  const from = change.from?.toISOString() ?? null
  await sql.begin(async (tx) => {
    await lock(tx, change)
    const [given] = await tx<{ since: string; future: boolean }[]>`
      select coalesce(${from}::timestamptz, greatest(clock_timestamp(), max(upper(granted))))::text as since,
        coalesce(${from}::timestamptz > clock_timestamp(), false) as future
      from consents where rider_id = ${riderId} and purpose = ${purpose}`
    if (given === undefined || given.future) throw new RangeError('a consent cannot begin in the future')
    const overlapping = await tx<{ since: string | null }[]>`
      delete from consents
      where rider_id = ${riderId} and purpose = ${purpose} and granted && tstzrange(${given.since}::timestamptz, null)
      returning lower(granted)::text as since`
    const sinces = [given.since, ...overlapping.map(({ since }) => since ?? '-infinity')]
    await tx`
      insert into consents (rider_id, purpose, granted)
      select ${riderId}, ${purpose}, tstzrange(min(since), null) from unnest(${sinces}::timestamptz[]) as since`
  })
}

/** Ends an open consent now. Returns whether there was one. */
export async function withdrawConsent(sql: Sql, change: ConsentChange): Promise<boolean> {
  const { riderId, purpose } = change
  return sql.begin(async (tx) => {
    await lock(tx, change)
    const closed = await tx`
      update consents set granted = tstzrange(lower(granted), greatest(lower(granted), clock_timestamp()))
      where rider_id = ${riderId} and purpose = ${purpose} and upper_inf(granted)
      returning 1`
    return closed.length > 0
  })
}

/** A grant replaces rows: a withdrawal beside it would end none of them. */
async function lock(tx: Transaction, { riderId, purpose }: ConsentChange): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`consent ${riderId} ${purpose}`}, 0))`
}

/** All stretches of one rider, oldest first. */
export async function consentHistory(sql: Sql, riderId: string) {
  return sql<{ purpose: string; from: Date | null; until: Date | null }[]>`
    select purpose, lower(granted) as from, upper(granted) as until
    from consents where rider_id = ${riderId} order by purpose, granted`
}
