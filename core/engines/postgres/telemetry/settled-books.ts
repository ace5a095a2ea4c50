// Settled tracks in PostgreSQL. Whoever books shares a lock that the settling takes alone, so that no outcome comes between the
// reading of a track's details and their end.
import type {
  BookedOutcome,
  SettledTrack,
  SettlingStore,
  WalkedTrack,
} from '../../../telemetry/ledger/port.ts'
import type { Fragment, Sql, Transaction } from '../client/connect.ts'
import { locks } from '../client/leadership.ts'

const beforeAll = '00000000-0000-0000-0000-000000000000'

export function createSettlingStore(sql: Sql): SettlingStore {
  return {
    async keepPartitions(days) {
      // One process after the other: two would make the same partition.
      await sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${locks.settlingOfBooks})`
        await tx`select keep_ledger_partitions(${days}::integer)`
      })
    },
    settle: ({ after = beforeAll, beforeMs, limit }, plan) =>
      sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${locks.settlingOfBooks})`
        const tracks = await tx<WalkedTrack[]>`
          select track_id as "trackId", track_index as index, bike_id as "bikeId", epoch_ms(received_at) as "receivedAtMs",
            delivery_tracks as "deliveryTracks", accepted, (
              select coalesce(jsonb_agg(jsonb_build_object(
                'stage', stage, 'outcome', outcome, 'reason', reason, 'samples', samples)), '[]')
              from ledger_counts where ledger_counts.track_id = ledger_tracks.track_id) as counts,
            exists (
              select from quarantine where quarantine.track_id = ledger_tracks.track_id and replayed_at is null) as waits
          from ledger_tracks where track_id > ${after}::uuid and received_at < ${new Date(beforeMs).toISOString()}::timestamptz
          order by track_id limit ${limit}`
        const { settled, expired } = plan(tracks)
        await nameAll(tx, settled)
        await shorten(tx, settled)
        await forget(tx, expired)
        const next = tracks.length === limit ? tracks.at(-1)?.trackId : undefined
        return { settled: settled.length, expired: expired.length, next }
      }),
  }
}

/** No `on conflict`: that would spend a number for each name that is there. The lock keeps others away. */
async function nameAll(tx: Transaction, tracks: readonly SettledTrack[]): Promise<void> {
  if (tracks.length === 0) return
  await tx`
    insert into ledger_names (name)
    select name from (
      select sender as name from ledger_tracks where track_id = any(${tracks.map(({ trackId }) => trackId)}::uuid[])
      union select 'bike:' || bike_id from ledger_tracks where track_id = any(${tracks.map(({ trackId }) => trackId)}::uuid[])
    ) as names
    where not exists (select from ledger_names as known where known.name = names.name)`
}

async function shorten(tx: Transaction, tracks: readonly SettledTrack[]): Promise<void> {
  if (tracks.length === 0) return
  await tx`
    with given as (
      select track_id, delivered, unusual::integer[] as unusual from unnest(
        ${tracks.map(({ trackId }) => trackId)}::uuid[],
        ${tracks.map(({ delivered }) => delivered || null)}::integer[],
        ${tracks.map(({ unusual }) => (unusual === undefined ? null : `{${unusual.join()}}`))}::text[]
      ) as given (track_id, delivered, unusual)
    ), counts as (
      delete from ledger_counts using given where ledger_counts.track_id = given.track_id
    ), tracks as (
      delete from ledger_tracks using given where ledger_tracks.track_id = given.track_id
      returning ledger_tracks.*, delivered, unusual,
        sender = 'bike:' || bike_id and upload_id = ledger_tracks.track_id as by_module
    )
    insert into ledger_settled (received_at, track_id, upload_id, sender, bike, accepted, delivered, unusual)
    select received_at, track_id, case when not by_module then upload_id end, senders.name_id,
      case when not by_module then bikes.name_id end, accepted, delivered, unusual
    from tracks
      join ledger_names as senders on senders.name = sender
      join ledger_names as bikes on bikes.name = 'bike:' || bike_id
    order by received_at, track_id`
}

async function forget(tx: Transaction, trackIds: readonly string[]): Promise<void> {
  if (trackIds.length === 0) return
  await tx`
    with counts as (delete from ledger_counts where track_id = any(${[...trackIds]}::uuid[]))
    delete from ledger_tracks where track_id = any(${[...trackIds]}::uuid[])`
}

/** From here to the end of the transaction nothing is settled; what is settled of `late` has its details again. */
export async function reopenBooks(tx: Transaction, late: readonly BookedOutcome[]): Promise<void> {
  await tx`select pg_advisory_xact_lock_shared(${locks.settlingOfBooks})`
  const isModules = (outcome: BookedOutcome) => outcome.uploadId === outcome.trackId
  await reopen(tx, late.filter(isModules), {
    kind: tx`settled.upload_id is null`,
    isFound: tx`(id_head(settled.track_id), settled.track_id) = (id_head(late.track_id), late.track_id)`,
  })
  await reopen(
    tx,
    late.filter((outcome) => !isModules(outcome)),
    {
      kind: tx`settled.upload_id is not null`,
      isFound: tx`(settled.track_id, settled.received_at) = (late.track_id, late.received_at)
        and settled.sender = (select name_id from ledger_names where name = late.sender)`,
    },
  )
}

/** How rows of modules, or of riders, are told from the others, and how one is found by its index: see the migration. */
interface Finding {
  readonly kind: Fragment
  readonly isFound: Fragment
}

/** Another worker that reopens the same tracks waits for the rows, and finds none. A stage that was booked meanwhile is newer. */
async function reopen(
  tx: Transaction,
  late: readonly BookedOutcome[],
  { kind, isFound }: Finding,
): Promise<void> {
  if (late.length === 0) return
  await tx`
    with late as materialized (
      select distinct track_id, sender, received_at from unnest(
        ${late.map(({ trackId }) => trackId)}::uuid[],
        ${late.map(({ sender }) => sender)}::text[],
        ${late.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())}::timestamptz[]
      ) as given (track_id, sender, received_at)
    ), held as materialized (
      select settled.* from ledger_settled as settled join late on ${isFound} where ${kind}
      order by settled.track_id for update of settled
    ), gone as (
      delete from ledger_settled as settled using held
      where (settled.track_id, settled.received_at, settled.sender) = (held.track_id, held.received_at, held.sender)
        and id_head(settled.track_id) = id_head(held.track_id) and ${kind}
    ), counts as (
      insert into ledger_counts (track_id, stage, outcome, reason, samples)
      select held.track_id, lines.* from held,
        jsonb_to_recordset(settled_counts(accepted, delivered, unusual))
          as lines (stage text, outcome text, reason text, samples integer)
      where not exists (
        select from ledger_counts as newer where (newer.track_id, newer.stage) = (held.track_id, lines.stage))
      order by held.track_id, lines.stage, lines.outcome, lines.reason
      on conflict do nothing
    )
    insert into ledger_tracks (track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted)
    select track_id, coalesce(upload_id, track_id), coalesce(unusual[1], 0), substr(bikes.name, 6)::uuid,
      senders.name, received_at, coalesce(unusual[2], 1), accepted
    from held join ledger_names as senders on senders.name_id = sender
      join ledger_names as bikes on bikes.name_id = coalesce(bike, sender)
    order by track_id
    on conflict do nothing`
}
