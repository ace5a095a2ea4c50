// The books in PostgreSQL. Every statement locks its rows in key order, so that two workers do not wait for each other in a circle.
import type { BookedOutcome, LedgerStore } from '../../../telemetry/ledger/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { reopenBooks } from './settled-books.ts'

export function createLedgerStore(sql: Sql): LedgerStore {
  return {
    async book(outcomes, tracks, late) {
      if (outcomes.length === 0) return
      await sql.begin(async (tx) => {
        await reopenBooks(tx, late)
        await bookTracks(tx, tracks)
        await removeFormerCounts(tx, outcomes)
        await bookCounts(tx, outcomes)
      })
    },
  }
}

async function bookTracks(tx: Transaction, tracks: readonly BookedOutcome[]): Promise<void> {
  if (tracks.length === 0) return
  await tx`
    insert into ledger_tracks (track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted)
    select * from unnest(
      ${tracks.map(({ trackId }) => trackId)}::uuid[],
      ${tracks.map(({ uploadId }) => uploadId)}::uuid[],
      ${tracks.map(({ trackIndex }) => trackIndex)}::integer[],
      ${tracks.map(({ bikeId }) => bikeId)}::uuid[],
      ${tracks.map(({ sender }) => sender)}::text[],
      ${tracks.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())}::timestamptz[],
      ${tracks.map(({ deliveryTracks }) => deliveryTracks)}::integer[],
      ${tracks.map(({ acceptedSamples }) => acceptedSamples)}::integer[]
    ) as given (track_id)
    order by track_id
    on conflict (track_id) do update set accepted = excluded.accepted
    where ledger_tracks.accepted <> excluded.accepted`
}

/** A replayed track may have fewer kinds of outcome than before. Entries that stay are locked too, before anything new is written. */
async function removeFormerCounts(tx: Transaction, outcomes: readonly BookedOutcome[]): Promise<void> {
  const kept = rowsOf(outcomes)
  await tx`
    with former as materialized (
      select track_id, stage, outcome, reason from ledger_counts
      where (track_id, stage) in (
        select * from unnest(
          ${outcomes.map(({ trackId }) => trackId)}::uuid[],
          ${outcomes.map(({ stage }) => stage)}::text[]
        ))
      order by track_id, stage, outcome, reason
      for update
    )
    delete from ledger_counts using former
    where (ledger_counts.track_id, ledger_counts.stage, ledger_counts.outcome, ledger_counts.reason)
        = (former.track_id, former.stage, former.outcome, former.reason)
      and (former.track_id, former.stage, former.outcome, former.reason) not in (
        select * from unnest(${kept.trackIds}::uuid[], ${kept.stages}::text[], ${kept.outcomes}::text[], ${kept.reasons}::text[]))`
}

async function bookCounts(tx: Transaction, outcomes: readonly BookedOutcome[]): Promise<void> {
  const rows = rowsOf(outcomes)
  await tx`
    insert into ledger_counts (track_id, stage, outcome, reason, samples)
    select * from unnest(
      ${rows.trackIds}::uuid[], ${rows.stages}::text[], ${rows.outcomes}::text[], ${rows.reasons}::text[],
      ${rows.samples}::integer[]
    ) as given (track_id, stage, outcome, reason)
    order by track_id, stage, outcome, reason
    on conflict (track_id, stage, outcome, reason) do update set samples = excluded.samples
    where ledger_counts.samples <> excluded.samples`
}

function rowsOf(outcomes: readonly BookedOutcome[]) {
  const rows = outcomes.flatMap(({ trackId, stage, counts }) =>
    counts.map((count) => ({ trackId, stage, ...count })),
  )
  return {
    trackIds: rows.map(({ trackId }) => trackId),
    stages: rows.map(({ stage }) => stage),
    outcomes: rows.map(({ outcome }) => outcome),
    reasons: rows.map(({ reason }) => reason),
    samples: rows.map(({ samples }) => samples),
  }
}
