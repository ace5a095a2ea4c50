// What PostgreSQL knows of a rider, for the rider's own export: of each kind of record one question, read page by page.
import {
  type OwnedTime,
  type OwnRecords,
  type QuarantinedRecord,
  type RecordKind,
  type RiderTime,
  recordKinds,
} from '../../../riders/own-data/export/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export function createOwnRecords(sql: Sql): OwnRecords {
  return {
    bikesOf: (riderId) => bikesOf(sql, riderId),
    async monthsOf(riderId) {
      const kinds = recordKinds.map((kind) => questions[kind](sql, riderId))
      const all = kinds.reduce((before, next) => sql`${before} union all ${next}`)
      const rows = await sql<{ month: string }[]>`
        select distinct to_char(at at time zone 'UTC', 'YYYY-MM') as month from (
          select at from (${all}) as records
          union all select from_at from rides where rider_id = ${riderId}
          union all select quarantined_at from quarantine where ${mayBeOf(sql, riderId)}
        ) as known`
      return rows.map(({ month }) => month)
    },
    read: (kind, time) => readRecords(sql, kind, time),
    quarantined: (time) => readQuarantine(sql, time),
  }
}

/** With the times at which each was the rider's. */
export async function bikesOf(sql: Sql | Transaction, riderId: string): Promise<OwnedTime[]> {
  const rows = await sql<{ bikeId: string; windows: { fromMs: number | null; toMs: number | null }[] }[]>`
    select bike_id as "bikeId",
      json_agg(json_build_object('fromMs', epoch_ms(lower(owned)), 'toMs', epoch_ms(upper(owned))) order by owned) as windows
    from ownerships where rider_id = ${riderId} group by bike_id order by bike_id`
  return rows.map(({ bikeId, windows }) => ({
    bikeId,
    windows: windows.map(({ fromMs, toMs }) => ({
      fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
      toMs: toMs ?? Number.POSITIVE_INFINITY,
    })),
  }))
}

type Fragment = ReturnType<Sql>

/** `2026-11-30T11:00:00.000Z`; null where there is no such time. */
const iso = (sql: Sql, time: Fragment) =>
  sql`case when isfinite(${time}) then to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`

const ownBikes = (sql: Sql, riderId: string) =>
  sql`(select bike_id from ownerships where rider_id = ${riderId})`

/** Each gives the columns `at`, `id` (unique among those of one moment) and `fact`. Other persons are in none of them. */
const questions: Readonly<Record<RecordKind, (sql: Sql, riderId: string) => Fragment>> = {
  // The part of the present month has the state of now. The secret of the zones is left out: it is random, and tells nothing of the rider.
  profile: (sql, riderId) => sql`
    select now() as at, '' as id, jsonb_build_object('reference', reference, 'privacyZones', zones, 'consents', consents,
      'settings', settings) as fact
    from (select
      (select reference from rider_references where rider_id = ${riderId}) as reference,
      (select zones from privacy_zones where rider_id = ${riderId}) as zones,
      (select jsonb_agg(jsonb_build_object('purpose', purpose, 'from', ${iso(sql, sql`lower(granted)`)},
          'until', ${iso(sql, sql`upper(granted)`)}) order by purpose, granted)
        from consents where rider_id = ${riderId} and not isempty(granted)) as consents,
      (select jsonb_agg(jsonb_build_object('bikeId', bike_id, 'desired', desired, 'reported', reported) order by bike_id)
        from bike_settings join ownerships using (bike_id)
        where rider_id = ${riderId} and owned @> now() and (desired is not null or reported is not null)) as settings) as present
    where reference is not null or zones is not null or consents is not null or settings is not null`,
  ownership: (sql, riderId) => sql`
    select case when isfinite(lower(owned)) then lower(owned) else registered_at end as at, bike_id::text as id,
      jsonb_build_object('bikeId', bike_id, 'frameNumber', frame_number, 'model', model_id,
        'from', ${iso(sql, sql`lower(owned)`)}, 'until', ${iso(sql, sql`upper(owned)`)}) as fact
    from ownerships join bikes using (bike_id) where rider_id = ${riderId}`,
  'ownership-changes': (sql, riderId) => sql`
    select at, lpad(change_id::text, 20, '0') as id, jsonb_build_object('bikeId', bike_id, 'at', ${iso(sql, sql`at`)}, 'kind', kind,
      'change', case when new_rider = ${riderId} then 'gained' else 'lost' end, 'from', ${iso(sql, sql`begins_at`)}) as fact
    from ownership_changes where former_rider = ${riderId} or new_rider = ${riderId}`,
  'ownership-cases': (sql, riderId) => sql`
    select opened_at as at, case_id::text as id, jsonb_build_object('caseId', case_id, 'bikeId', bike_id,
      'change', case when new_rider = ${riderId} then 'gains' else 'loses' end, 'state', state, 'reason', reason,
      'openedAt', ${iso(sql, sql`opened_at`)}, 'objectUntil', ${iso(sql, sql`object_until`)},
      'closedAt', ${iso(sql, sql`closed_at`)},
      'objection', case when former_rider = ${riderId} then objection end) as fact
    from ownership_cases where former_rider = ${riderId} or new_rider = ${riderId}`,
  offers: (sql, riderId) => sql`
    select made_at as at, offer_id::text as id, jsonb_build_object('offerId', offer_id, 'bikeId', bike_id,
      'madeAt', ${iso(sql, sql`made_at`)}, 'from', ${iso(sql, sql`begins_at`)},
      'validUntil', ${iso(sql, sql`valid_until`)}, 'endedAt', ${iso(sql, sql`ended_at`)}, 'taken', used_by is not null) as fact
    from ownership_offers where rider_id = ${riderId}`,
  notices: (sql, riderId) => sql`
    select at, lpad(notice_id::text, 20, '0') as id,
      detail || jsonb_build_object('at', ${iso(sql, sql`at`)}, 'kind', kind, 'bikeId', bike_id, 'caseId', subject) as fact
    from notices where rider_id = ${riderId}`,
  consents: (sql, riderId) => sql`
    select at, lpad(act_id::text, 20, '0') as id, jsonb_build_object('at', ${iso(sql, sql`at`)}, 'purpose', purpose, 'act', act,
      'from', ${iso(sql, sql`effective_from`)}, 'textVersion', text_version, 'by', by) as fact
    from consent_acts where rider_id = ${riderId}`,
  grants: (sql, riderId) => sql`
    select granted_at as at, grant_id::text as id, jsonb_build_object('grantId', grant_id, 'bikeId', bike_id, 'to', grantee,
      'scopes', scopes, 'from', ${iso(sql, sql`granted_at`)}, 'until', ${iso(sql, sql`valid_until`)},
      'ridesFrom', ${iso(sql, sql`rides_from`)}, 'revokedAt', ${iso(sql, sql`revoked_at`)}) as fact
    from bike_grants where rider_id = ${riderId} and bike_id in ${ownBikes(sql, riderId)}`,
  commands: (sql, riderId) => sql`
    select created_at as at, command_id::text as id, jsonb_build_object('commandId', command_id, 'bikeId', bike_id,
      'action', action, 'requestedBy', split_part(requested_by, ':', 1), 'createdAt', ${iso(sql, sql`created_at`)},
      'expiresAt', ${iso(sql, sql`expires_at`)}, 'state', state, 'history', (
        select jsonb_agg(jsonb_build_object('state', told.state, 'at', ${iso(sql, sql`told.at`)}, 'detail', detail) order by number)
        from command_history as told where told.command_id = commands.command_id)) as fact
    from commands join ownerships using (bike_id) where rider_id = ${riderId} and owned @> created_at`,
  accesses: (sql, riderId) => sql`
    select at, lpad(access_id::text, 20, '0') as id, jsonb_build_object('at', ${iso(sql, sql`at`)}, 'who', who,
      'operation', operation, 'reason', reason, 'bikes', array_remove(array_agg(distinct bike_id), null)) as fact
    from access_concerns join access_log using (access_id) where rider_id = ${riderId}
    group by access_id, at, who, operation, reason`,
  uploads: (sql, riderId) => sql`
    select received_at as at, track_id::text as id, jsonb_build_object('uploadId', upload_id, 'trackId', track_id,
      'track', track_index, 'bikeId', bike_id, 'receivedAt', ${iso(sql, sql`received_at`)}, 'accepted', accepted, 'outcomes', counts) as fact
    from ledger_books where sender = ${riderId} and not by_module`,
  clocks: (sql, riderId) => sql`
    select decided_at as at, lpad(decision_id::text, 20, '0') as id, jsonb_build_object('recorderId', recorder_id,
      'clockEpoch', clock_epoch, 'boot', boot_id, 'rule', rule, 'offsetMs', offset_ms, 'decidedAt', ${iso(sql, sql`decided_at`)},
      'decidedByTrack', decided_by) as fact
    from clock_decisions where sender = ${riderId}`,
  'ride-notes': (sql, riderId) => sql`
    select at, bike_id::text as id, jsonb_build_object('bikeId', bike_id, 'at', ${iso(sql, sql`at`)}, 'name', name,
      'hidden', hidden, 'notMe', not_me, 'changedAt', ${iso(sql, sql`changed_at`)}) as fact
    from ride_notes where rider_id = ${riderId}`,
}

const pageRecords = 500

/** No transaction stays open while a slow reader takes a page: each page is a question of its own, behind the last row of the one before. */
async function* readRecords(
  sql: Sql,
  kind: RecordKind,
  { riderId, fromMs, untilMs }: RiderTime,
): AsyncGenerator<object[]> {
  for (let after = { at: '-infinity', id: '' }; ; ) {
    const rows = await sql<{ at: string; id: string; fact: object }[]>`
      select at::text as at, id, fact from (${questions[kind](sql, riderId)}) as records
      where at >= ${new Date(fromMs)} and at < ${new Date(untilMs)} and (at, id) > (${after.at}::text::timestamptz, ${after.id})
      order by at, id limit ${pageRecords}`
    if (rows.length > 0) yield rows.map(({ fact }) => fact)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRecords) return
    after = last
  }
}

/** Sent by the rider, or by a module of a bike that was the rider's when it came. */
const mayBeOf = (sql: Sql, riderId: string) => sql`
  replayed_at is null and (
    track_id in (select track_id from ledger_tracks where sender = ${riderId})
    or track_id in (
      select track_id from ownerships join ledger_tracks on sender = 'bike:' || ownerships.bike_id
      where rider_id = ${riderId} and owned @> received_at))`

/** The list by page, and the records one at a time: each has up to 9 MiB. */
async function* readQuarantine(
  sql: Sql,
  { riderId, fromMs, untilMs }: RiderTime,
): AsyncGenerator<QuarantinedRecord> {
  for (let after = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' }; ; ) {
    const listed = await sql<{ at: string; id: string }[]>`
      select quarantined_at::text as at, quarantine_id as id from quarantine
      where ${mayBeOf(sql, riderId)} and quarantined_at >= ${new Date(fromMs)} and quarantined_at < ${new Date(untilMs)}
        and (quarantined_at, quarantine_id) > (${after.at}::text::timestamptz, ${after.id}::uuid)
      order by quarantined_at, quarantine_id limit ${pageRecords}`
    for (const { id } of listed) {
      yield* await sql<QuarantinedRecord[]>`
        select quarantine_id as "quarantineId", bike_id as "bikeId", stage, reason, detail, ranges, record,
          epoch_ms(quarantined_at) as "quarantinedAtMs"
        from quarantine where quarantine_id = ${id}::uuid`
    }
    const last = listed.at(-1)
    if (last === undefined || listed.length < pageRecords) return
    after = last
  }
}
