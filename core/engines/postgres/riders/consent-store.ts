// Consents in PostgreSQL: a range of time for each stretch in which a rider consented to a purpose.
import {
  type ConsentAct,
  type ConsentChange,
  type ConsentRange,
  type ConsentReader,
  type ConsentState,
  type ConsentStore,
  type ConsentSubject,
  type KnownConsent,
  mostActs,
  type Purpose,
  purposes,
  type Stretch,
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
        const changed = plan(await knownConsent(tx, { riderId, purpose }))
        if (changed === undefined) return
        await tx`delete from consents where rider_id = ${riderId} and purpose = ${purpose}`
        await insertStretches(tx, { riderId, purpose }, changed.stretches)
        await insertAct(tx, { riderId, purpose }, changed.act)
        if (changed.dropsResearchKey) await dropResearchKey(tx, riderId)
      })
    },
    statesOf: (riderId) => statesOf(sql, riderId),
    async addText({ purpose, version, language, text }) {
      const added = await sql`
        insert into consent_texts (purpose, version, language, text) values (${purpose}, ${version}, ${language}, ${text})
        on conflict do nothing`
      return added.count === 1
    },
  }
}

/** Whoever reads the stream, and the copy, is told to forget the person: in the transaction that ends the consent. */
export async function dropResearchKey(tx: Transaction, riderId: string): Promise<void> {
  await tx`
    with dropped as (delete from research_keys where rider_id = ${riderId} returning person),
      copy as (insert into research_copy_withdrawals (person) select person from dropped)
    insert into research_withdrawals (person) select person from dropped`
}

/** The newest version is the one whose first text was added last. */
const newestVersion = (tx: Sql | Transaction, purpose: Purpose) => tx`
  (select version from consent_texts where purpose = ${purpose} group by version order by min(added_at) desc, version desc limit 1)`

async function knownConsent(tx: Transaction, { riderId, purpose }: ConsentSubject): Promise<KnownConsent> {
  const stretches = await stretchesOf(tx, { riderId, purpose })
  const [row] = await tx<Omit<KnownConsent, 'stretches'>[]>`
    select floor(extract(epoch from clock_timestamp()) * 1000000)::float8 as "nowUs",
      ${newestVersion(tx, purpose)} as "textVersion",
      (select text_version from consent_acts where rider_id = ${riderId} and purpose = ${purpose} and act = 'given'
        order by act_id desc limit 1) as "givenVersion",
      (select count(*)::int from consent_acts where rider_id = ${riderId} and purpose = ${purpose} and act = 'given'
        and at > clock_timestamp() - interval '24 hours') as "givenToday"`
  if (row === undefined) throw new Error('a select without a table has one row')
  return { ...row, stretches }
}

function stretchesOf(tx: Sql | Transaction, { riderId, purpose }: ConsentSubject) {
  return tx<Stretch[]>`
    select coalesce(extract(epoch from lower(granted)) * 1000000, '-Infinity')::float8 as "fromUs",
      coalesce(extract(epoch from upper(granted)) * 1000000, 'Infinity')::float8 as "untilUs"
    from consents where rider_id = ${riderId} and purpose = ${purpose} and not isempty(granted)
    order by granted`
}

async function statesOf(sql: Sql, riderId: string): Promise<ConsentState[]> {
  return sql.begin('isolation level repeatable read read only', (tx) =>
    Promise.all(
      purposes.map(async (purpose) => {
        const stretches = await stretchesOf(tx, { riderId, purpose })
        const acts = await tx<ConsentAct[]>`
          select act, (extract(epoch from at) * 1000)::float8 as "atMs",
            coalesce(extract(epoch from effective_from) * 1000, '-Infinity')::float8 as "effectiveFromMs",
            text_version as "textVersion", by
          from consent_acts where rider_id = ${riderId} and purpose = ${purpose}
          order by act_id desc limit ${mostActs}`
        const texts = await tx<{ version: string; language: string; text: string }[]>`
          select version, language, text from consent_texts
          where purpose = ${purpose} and version = ${newestVersion(tx, purpose)} order by language`
        const text = {
          version: texts[0]?.version ?? '',
          byLanguage: Object.fromEntries(texts.map((one) => [one.language, one.text])),
        }
        return { purpose, stretches, acts, text }
      }),
    ),
  )
}

async function insertAct(
  tx: Transaction,
  { riderId, purpose }: ConsentSubject,
  { act, effectiveFromMs, textVersion, by }: ConsentChange['act'],
): Promise<void> {
  const from = Number.isFinite(effectiveFromMs) ? new Date(effectiveFromMs) : null
  await tx`
    insert into consent_acts (rider_id, purpose, act, at, effective_from, text_version, by)
    values (${riderId}, ${purpose}, ${act}, clock_timestamp(), ${from}, ${textVersion ?? null}, ${by})`
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
