// Reads ownership from PostgreSQL, for riders and staff.
import type {
  NoticeKind,
  OwnedBike,
  OwnershipCase,
  OwnershipReader,
  StoredNotice,
} from '../../../riders/ownership/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export function createOwnershipReader(sql: Sql): OwnershipReader {
  return {
    bikesOf: (riderId, limit) => bikesOf(sql, riderId, limit),
    noticesOf: (riderId, limit) => noticesOf(sql, riderId, limit),
    async ownerOf(bikeId) {
      const [row] = await sql<{ riderId: string }[]>`
        select rider_id as "riderId" from ownerships where bike_id = ${bikeId}::uuid and owned @> now()`
      return row?.riderId
    },
    async openCases(limit) {
      const rows = await sql`
        select ${caseColumns(sql)} from ownership_cases where closed_at is null order by opened_at limit ${limit}`
      return rows.map(caseOf)
    },
  }
}

interface BikeRow {
  bikeId: string
  frameNumber: string | null
  model: string | null
  windows: { fromMs: number | null; untilMs: number | null }[]
  now: boolean
  openOffer: { offerId: string; riderId: string; beginsAtMs: number | null; validUntilMs: number } | null
  openCase: { caseId: string; state: 'waiting' | 'objected'; objectUntilMs: number } | null
}

/** Offers and cases are the present owner's business. */
async function bikesOf(sql: Sql, riderId: string, limit: number): Promise<OwnedBike[]> {
  const rows = await sql<BikeRow[]>`
    select bike_id as "bikeId", frame_number as "frameNumber", bike_models.name as model, windows, now,
      (select json_build_object('offerId', offer_id, 'riderId', rider_id, 'beginsAtMs', epoch_ms(begins_at),
          'validUntilMs', epoch_ms(valid_until))
        from ownership_offers as offers
        where now and offers.bike_id = owned.bike_id and ended_at is null and valid_until > now()) as "openOffer",
      (select json_build_object('caseId', case_id, 'state', state, 'objectUntilMs', epoch_ms(object_until))
        from ownership_cases as cases
        where now and cases.bike_id = owned.bike_id and closed_at is null) as "openCase"
    from (
      select bike_id, bool_or(owned @> now()) as now,
        json_agg(json_build_object('fromMs', epoch_ms(lower(owned)), 'untilMs', epoch_ms(upper(owned))) order by owned)
          as windows
      from ownerships where rider_id = ${riderId} group by bike_id order by bike_id limit ${limit}
    ) as owned join bikes using (bike_id) left join bike_models using (model_id) order by bike_id`
  return rows.map(({ frameNumber, model, windows, openOffer, openCase, ...row }) => ({
    ...row,
    frameNumber: frameNumber ?? undefined,
    model: model ?? undefined,
    windows: windows.map(({ fromMs, untilMs }) => ({
      fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
      untilMs: untilMs ?? Number.POSITIVE_INFINITY,
    })),
    openOffer: openOffer
      ? { ...openOffer, bikeId: row.bikeId, beginsAtMs: openOffer.beginsAtMs ?? undefined }
      : undefined,
    openCase: openCase ?? undefined,
  }))
}

interface NoticeRow {
  noticeId: string
  kind: NoticeKind
  bikeId: string
  subject: string | null
  detail: { objectUntilMs?: number; reason?: string }
  atMs: number
}

async function noticesOf(sql: Sql, riderId: string, limit: number): Promise<StoredNotice[]> {
  const rows = await sql<NoticeRow[]>`
    select notice_id as "noticeId", kind, bike_id as "bikeId", subject, detail, epoch_ms(at) as "atMs"
    from notices where rider_id = ${riderId} order by notice_id desc limit ${limit}`
  return rows.map(({ subject, detail, ...row }) => ({
    ...{ ...row, ...detail, riderId },
    caseId: subject ?? undefined,
  }))
}

export const offerColumns = (sql: Sql | Transaction) => sql`
  offer_id as "offerId", bike_id as "bikeId", ${ms(sql, sql`begins_at`)} as "beginsAtMs",
  ${ms(sql, sql`valid_until`)} as "validUntilMs"`

export const caseColumns = (sql: Sql | Transaction) => sql`
  case_id as "caseId", bike_id as "bikeId", former_rider as "formerRiderId", new_rider as "newRiderId",
  ${ms(sql, sql`begins_at`)} as "beginsAtMs", reason, author, state, objection,
  ${ms(sql, sql`opened_at`)} as "openedAtMs", ${ms(sql, sql`object_until`)} as "objectUntilMs"`

/** From a row of `caseColumns`. */
export const caseOf = (row: object) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value ?? undefined]),
  ) as unknown as OwnershipCase

/** A time as milliseconds since 1970. */
export const ms = (sql: Sql | Transaction, time: ReturnType<Sql>) =>
  sql`(extract(epoch from ${time}) * 1000)::float8`

/** Null where there is none. */
export const isoOrNull = (atMs: number | undefined) =>
  atMs === undefined ? null : new Date(atMs).toISOString()

interface ChangeRow {
  readonly at: Date
  readonly kind: string
  readonly former: string | null
  readonly next: string | null
  readonly beginsAt: Date | null
  readonly author: string
  readonly reason: string
}

/** Oldest first. */
export function changesOf(sql: Sql, bikeId: string): Promise<readonly ChangeRow[]> {
  return sql<ChangeRow[]>`
    select at, kind, former_rider as former, new_rider as next, begins_at as "beginsAt", author, reason
    from ownership_changes where bike_id = ${bikeId}::uuid order by change_id`
}

interface CodeRow {
  readonly soldAt: Date
  readonly validUntil: Date
  readonly endedAt: Date | null
  readonly isUsed: boolean
}

/** Of sales, oldest first. */
export function codesOf(sql: Sql, bikeId: string): Promise<readonly CodeRow[]> {
  return sql<CodeRow[]>`
    select sold_at as "soldAt", valid_until as "validUntil", ended_at as "endedAt", used_by is not null as "isUsed"
    from claim_codes where bike_id = ${bikeId}::uuid order by issued_at`
}
