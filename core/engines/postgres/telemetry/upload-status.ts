// The status of an upload of a rider, read from the ledger.
import { z } from 'zod'
import type { TrackBooks, UploadPage } from '../../../telemetry/ledger/port.ts'
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
    select distinct epoch_ms(received_at) as "atMs" from ledger_books
    where upload_id = ${uploadId}::uuid and sender = ${sender} and not by_module and epoch_ms(received_at) > ${afterMs}
    order by 1 limit ${deliveries + 1}`
  const { rows: page, next } = pageOf(received, deliveries, ({ atMs }) => [atMs])
  const tracks = await sql<TrackBooks[]>`
    select track_id as "trackId", track_index as index, bike_id as "bikeId", epoch_ms(received_at) as "receivedAtMs",
      delivery_tracks as "deliveryTracks", accepted, counts
    from ledger_books
    where upload_id = ${uploadId}::uuid and sender = ${sender} and not by_module
      and epoch_ms(received_at) = any(${page.map(({ atMs }) => atMs)})
    order by received_at, track_index, track_id`
  return { tracks, next }
}
