// The status of an upload, read from the ledger.
import type { LedgerCount, TrackBooks } from '../../../telemetry/ledger/port.ts'
import type { Sql } from '../client/connect.ts'

/** The accepted tracks of an upload of this sender, by their position in it; empty when there are none. */
export async function tracksOf(sql: Sql, uploadId: string, sender: string): Promise<TrackBooks[]> {
  const rows = await sql<(Omit<TrackBooks, 'receivedAtMs'> & { receivedAt: Date })[]>`
    select tracks.track_id as "trackId", track_index as index, bike_id as "bikeId", received_at as "receivedAt", delivery_tracks as "deliveryTracks",
      accepted,
      coalesce(
        jsonb_agg(jsonb_build_object(
          'stage', stage, 'outcome', outcome, 'reason', reason, 'samples', samples
        ) order by stage, outcome, reason) filter (where stage is not null), '[]'::jsonb
      ) as counts
    from ledger_tracks as tracks left join ledger_counts as counts on counts.track_id = tracks.track_id
    where upload_id = ${uploadId}::uuid and sender = ${sender}
    group by tracks.track_id
    order by track_index, received_at, tracks.track_id`
  return rows.map(({ receivedAt, counts, ...track }) => ({
    ...track,
    receivedAtMs: receivedAt.getTime(),
    counts: counts as readonly LedgerCount[],
  }))
}
