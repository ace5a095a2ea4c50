// Versions of the population prior in PostgreSQL, which of them is used, and whose rides one may be made of.
import type {
  Choice,
  ConsentingRiders,
  ListedPrior,
  PriorStore,
  PriorVersion,
} from '../../../riders/estimates/prior-port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

const lastUsed = (sql: Sql) => sql`(select version from estimate_prior_uses order by use_id desc limit 1)`

export function createPriorStore(sql: Sql): PriorStore {
  return {
    async used() {
      const [row] = await sql<PriorVersion[]>`
        select version, origin, riders, rides, seed, digest, content from estimate_priors
        where version = ${lastUsed(sql)}`
      return row
    },
    async add({ version, origin, riders, rides, seed, digest, content }, choice) {
      await sql.begin(async (tx) => {
        await tx`
          insert into estimate_priors (version, origin, riders, rides, seed, digest, content)
          values (${version}, ${origin}, ${riders}, ${rides}, ${seed}, ${digest}, ${content})
          on conflict (version) do nothing`
        await insertUse(tx, version, choice)
      })
    },
    async use(version, choice) {
      return sql.begin(async (tx) => {
        const known =
          version === undefined ||
          (await tx`select from estimate_priors where version = ${version}`).length > 0
        if (known) await insertUse(tx, version, choice)
        return known
      })
    },
    async list() {
      return sql<ListedPrior[]>`
        select version, riders, rides, seed, digest, epoch_ms(made_at) as "madeAtMs",
          version is not distinct from ${lastUsed(sql)} as "isUsed"
        from estimate_priors order by made_at desc, version limit 100`
    },
  }
}

async function insertUse(
  tx: Transaction,
  version: string | undefined,
  { by, reason }: Choice,
): Promise<void> {
  await tx`
    insert into estimate_prior_uses (version, by, reason) values (${version ?? null}, ${by}, ${reason})`
}

export function createConsentingRiders(sql: Sql): ConsentingRiders {
  return {
    async ridersWhoConsent(seed, limit) {
      const rows = await sql<{ riderId: string }[]>`
        select rider_id as "riderId" from consents
        where purpose = 'product' and granted @> clock_timestamp()
        group by rider_id order by sha256(convert_to(${seed}::text || ' ' || rider_id, 'UTF8')) limit ${limit}`
      return rows.map(({ riderId }) => riderId)
    },
  }
}
