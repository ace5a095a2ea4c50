// The quarantine in PostgreSQL: samples that were not believed.
import { z } from 'zod'
import type {
  BikeQuarantineEntry,
  KeptEntry,
  ListedEntry,
  PendingEntry,
  QuarantineEntry,
  QuarantineFilter,
  QuarantineOfBike,
  QuarantineStore,
  Wait,
} from '../../../telemetry/quarantine/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

export function createQuarantineStore(sql: Sql): QuarantineStore {
  return {
    add: (entries) => addEntries(sql, entries),
    list: (filter, limit) => sql<ListedEntry[]>`
      select ${listedColumns(sql)} from quarantine where ${isPending(sql, filter)}
      order by quarantined_at, quarantine_id limit ${limit}`,
    pending: (filter, limit) => sql<PendingEntry[]>`
      select quarantine_id as id, octet_length(record) as bytes from quarantine where ${isPending(sql, filter)}
      order by quarantined_at, quarantine_id limit ${limit}`,
    waiting: (wait, limit) => waitingEntries(sql, wait, limit),
    async pendingSamples(bikeIds, leastOfTrack) {
      const rows = await sql<{ bikeId: string; samples: number }[]>`
        select bike_id as "bikeId", sum(greatest(samples, ${leastOfTrack}::integer))::float8 as samples
        from quarantine where bike_id = any(${[...bikeIds]}::uuid[]) and replayed_at is null group by bike_id`
      return new Map(rows.map(({ bikeId, samples }) => [bikeId, samples]))
    },
    parked: (limit) => parkedEntries(sql, limit),
    count: (filter) => sql<{ reason: string; entries: number; samples: number }[]>`
      select reason, count(*)::integer as entries, sum(samples)::float8 as samples
      from quarantine where ${isPending(sql, filter)} group by reason order by reason`,
    async find(id) {
      const [entry] = await sql<KeptEntry[]>`
        select ${columns(sql)} from quarantine where quarantine_id = ${id}::uuid`
      return entry
    },
    replay: (ids, send) => replayEntries(sql, ids, send),
  }
}

async function addEntries(sql: Sql, entries: readonly QuarantineEntry[]): Promise<number> {
  if (entries.length === 0) return 0
  return sql.begin(async (tx) => {
    await forgetReplayed(tx, entries)
    return insertEntries(tx, entries)
  })
}

/** A track that comes back from a replay takes the place of its former entry: however often it is judged, it has one a reason. */
async function forgetReplayed(tx: Transaction, entries: readonly QuarantineEntry[]): Promise<void> {
  await tx`
    delete from quarantine using unnest(
      ${column(entries, 'trackId')}::uuid[], ${column(entries, 'stage')}::text[], ${column(entries, 'reason')}::text[],
      ${column(entries, 'ranges')}::text[], ${column(entries, 'source')}::text[]
    ) as given (track_id, stage, reason, ranges, source)
    where quarantine.track_id = given.track_id and quarantine.stage = given.stage
      and quarantine.reason = given.reason and quarantine.ranges = given.ranges
      and quarantine.replayed_at is not null and quarantine.source <> given.source`
}

async function insertEntries(sql: Transaction, entries: readonly QuarantineEntry[]): Promise<number> {
  const { count } = await sql`
    insert into quarantine (
      track_id, upload_id, bike_id, stage, reason, samples, ranges, detail, record, source, quarantined_at,
      received_at, bike_version)
    select track_id, upload_id, bike_id, stage, reason, samples, ranges, detail, decode(record, 'base64'), source, at,
      received, bike_version
    from unnest(
      ${column(entries, 'trackId')}::uuid[], ${column(entries, 'uploadId')}::uuid[],
      ${column(entries, 'bikeId')}::uuid[], ${column(entries, 'stage')}::text[],
      ${column(entries, 'reason')}::text[], ${column(entries, 'samples')}::integer[],
      ${column(entries, 'ranges')}::text[], ${column(entries, 'detail')}::text[],
      ${entries.map(({ record }) => Buffer.from(record).toString('base64'))}::text[],
      ${column(entries, 'source')}::text[],
      ${entries.map(({ quarantinedAtMs }) => isoTime(quarantinedAtMs))}::timestamptz[],
      ${entries.map(({ receivedAtMs }) => isoTime(receivedAtMs))}::timestamptz[],
      ${column(entries, 'bikeVersion')}::bigint[]
    ) as given (
      track_id, upload_id, bike_id, stage, reason, samples, ranges, detail, record, source, at, received, bike_version)
    order by source
    on conflict do nothing`
  return count
}

const isoTime = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

function column<K extends keyof QuarantineEntry>(entries: readonly QuarantineEntry[], key: K) {
  return entries.map((entry) => entry[key])
}

const columns = (sql: Sql) => sql`${listedColumns(sql)}, record`

const listedColumns = (sql: Sql) => sql`
  quarantine_id as id, track_id as "trackId", upload_id as "uploadId", bike_id as "bikeId", stage, reason, samples,
  ranges, detail, (extract(epoch from quarantined_at) * 1000)::float8 as "quarantinedAtMs",
  (extract(epoch from replayed_at) * 1000)::float8 as "replayedAtMs",
  (extract(epoch from received_at) * 1000)::float8 as "receivedAtMs", bike_version::float8 as "bikeVersion"`

const isPending = (sql: Sql, { id, reason, bikeId }: QuarantineFilter) => sql`
  replayed_at is null
  and (${id ?? null}::uuid is null or quarantine_id = ${id ?? null}::uuid)
  and (${reason ?? null}::text is null or reason = ${reason ?? null}::text)
  and (${bikeId ?? null}::uuid is null or bike_id = ${bikeId ?? null}::uuid)`

function waitingEntries(sql: Sql, { bikeIds, stage, reasons }: Wait, limit: number): Promise<PendingEntry[]> {
  return sql<PendingEntry[]>`
    select quarantine_id as id, octet_length(record) as bytes from quarantine join known_bikes using (bike_id)
    where bike_id = any(${[...bikeIds]}::uuid[]) and replayed_at is null
      and stage = ${stage} and reason = any(${[...reasons]}::text[]) and bike_version < judged_version
    order by received_at nulls first, quarantine_id limit ${limit}`
}

function parkedEntries(sql: Sql, limit: number): Promise<PendingEntry[]> {
  return sql<PendingEntry[]>`
    select quarantine_id as id, octet_length(record) as bytes from quarantine
    where replayed_at is null and reason = 'partition_pending' and quarantined_at + greatest(
      interval '2 seconds', least(interval '5 minutes', quarantined_at - coalesce(received_at, quarantined_at))) <= now()
    order by quarantined_at, quarantine_id limit ${limit}`
}

// The marks are made first and kept from others until the transaction ends: an entry that the replay itself brings
// about, however fast, waits for that end and is a new one.
async function replayEntries(
  sql: Sql,
  ids: readonly string[],
  send: (entries: readonly KeptEntry[]) => Promise<void>,
): Promise<number> {
  return sql.begin(async (tx) => {
    const entries = await tx<KeptEntry[]>`
      with replayed as (
        update quarantine set replayed_at = now()
        where quarantine_id in (
          select quarantine_id from quarantine
          where replayed_at is null and (quarantine_id = any(${[...ids]}::uuid[]) or track_id in (
            select track_id from quarantine where quarantine_id = any(${[...ids]}::uuid[])))
          order by quarantine_id
          for update)
        returning *)
      select ${columns(sql)} from replayed order by received_at nulls first, quarantine_id`
    if (entries.length > 0) await send(entries)
    return entries.length
  })
}

const cursorKey = z.tuple([z.number(), z.uuid()])
const newest: z.output<typeof cursorKey> = [8.64e15, 'ffffffff-ffff-ffff-ffff-ffffffffffff']
/** Their details tell of bytes and names, and of no time. */
const timelessReasons = ['undecodable', 'device_mismatch']

/** The books know who sent a track; of one that is in none of them, nobody does. */
export function createQuarantineOfBike(sql: Sql): QuarantineOfBike {
  return async ({ bikeId, riderId, limit, cursor }) => {
    const [atMs, id] = cursor === undefined ? newest : readCursor(cursor, cursorKey)
    const module = `bike:${bikeId}`
    const isOwn = sql`(
      sender = ${riderId ?? null}::text and bike_id = ${bikeId}::uuid
      or sender = ${module} and exists (
        select from ownerships where ownerships.bike_id = ${bikeId}::uuid and rider_id = ${riderId ?? null}::text
          and owned @> sent.received_at))`
    const isTold = riderId === undefined ? sql`true` : isOwn
    const tellsNoTime = sql`(sender = ${riderId ?? null}::text or reason = any(${timelessReasons}))`
    const found = await sql<BikeQuarantineEntry[]>`
      with of_bike as (
        select quarantine_id from quarantine where replayed_at is null and bike_id = ${bikeId}::uuid
        union
        select quarantine_id from quarantine join ledger_tracks using (track_id)
        where replayed_at is null and reason = 'device_mismatch' and sender = ${module})
      select quarantine_id as "quarantineId", epoch_ms(quarantined_at) as "quarantinedAtMs",
        epoch_ms(quarantine.received_at) as "receivedAtMs", quarantine.upload_id as "uploadId", stage, reason, samples,
        case when sender like 'bike:%' then 'module' else 'upload' end as "from",
        case when ${riderId === undefined ? sql`true` : tellsNoTime} then detail end as detail
      from of_bike join quarantine using (quarantine_id) left join lateral (
        select sender, received_at from ledger_tracks where ledger_tracks.track_id = quarantine.track_id) as sent on true
      where ${isTold} and (quarantined_at, quarantine_id) < (to_timestamp(${atMs}::float8 / 1000), ${id}::uuid)
      order by quarantined_at desc, quarantine_id desc limit ${limit + 1}`
    const { rows, next } = pageOf(found, limit, (row) => [row.quarantinedAtMs, row.quarantineId])
    return { entries: rows, next }
  }
}
