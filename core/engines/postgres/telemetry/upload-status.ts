// The status of an upload, read from the ledger.
import { z } from 'zod'
import type { LedgerCount, TrackBooks, UploadPage } from '../../../telemetry/ledger/port.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

const cursorKey = z.tuple([z.int().min(0).max(Number.MAX_SAFE_INTEGER)])

/** The accepted tracks of an upload of this sender, a delivery after the other; none when there are none. */
export async function tracksOf(
  sql: Sql,
  { uploadId, sender, deliveries, cursor }: Parameters<UploadPage>[0],
): ReturnType<UploadPage> {
  const [afterMs] = cursor === undefined ? [-1] : readCursor(cursor, cursorKey)
  const received = await sql<{ atMs: number }[]>`
    select distinct epoch_ms(received_at) as "atMs" from ledger_tracks
    where upload_id = ${uploadId}::uuid and sender = ${sender} and epoch_ms(received_at) > ${afterMs}
    order by 1 limit ${deliveries + 1}`
  const { rows: page, next } = pageOf(received, deliveries, ({ atMs }) => [atMs])
  const rows = await sql<TrackBooks[]>`
    select tracks.track_id as "trackId", track_index as index, bike_id as "bikeId", epoch_ms(received_at) as "receivedAtMs",
      delivery_tracks as "deliveryTracks", accepted,
      coalesce(
        jsonb_agg(jsonb_build_object(
          'stage', stage, 'outcome', outcome, 'reason', reason, 'samples', samples
        ) order by stage, outcome, reason) filter (where stage is not null), '[]'::jsonb
      ) as counts
    from ledger_tracks as tracks left join ledger_counts as counts on counts.track_id = tracks.track_id
    where upload_id = ${uploadId}::uuid and sender = ${sender}
      and epoch_ms(received_at) = any(${page.map(({ atMs }) => atMs)})
    group by tracks.track_id
    order by received_at, track_index, tracks.track_id`
  return { tracks: rows.map((row) => ({ ...row, counts: row.counts as readonly LedgerCount[] })), next }
}
