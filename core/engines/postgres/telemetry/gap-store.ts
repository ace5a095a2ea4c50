// Sequence numbers of recorders and what is missing of them, in PostgreSQL.
import type { RecorderToLock, SequenceStore, SequencesChange } from '../../../telemetry/gaps/port.ts'
import type { Gap, Sequences } from '../../../telemetry/gaps/sequences.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export function createGapStore(sql: Sql): SequenceStore {
  return {
    async change(recorders, plan) {
      if (recorders.length === 0) return
      await sql.begin(async (tx) => {
        const changes = plan(await lockRecorders(tx, recorders))
        await keepNumbers(tx, changes)
        await keepGaps(
          tx,
          changes.filter(({ gapsChanged }) => gapsChanged),
        )
      })
    },
    openGaps: ({ noticedByMs, notAskedSinceMs }, limit) => sql`
      select recorder_id as "recorderId", bike_id as "bikeId",
        floor(extract(epoch from min(noticed_at)) * 1000)::float8 as "noticedAtMs"
      from sequence_gaps as open join recorder_sequences using (recorder_id)
      where state_asked_at is null and noticed_at <= ${isoTime(noticedByMs)}::timestamptz
        and not exists (
          select from sequence_gaps as asked
          where asked.recorder_id = open.recorder_id and asked.state_asked_at > ${isoTime(notAskedSinceMs)}::timestamptz)
      group by recorder_id, bike_id order by min(noticed_at), recorder_id limit ${limit}`,
    async asked(recorderIds, { noticedByMs, askedAtMs }) {
      await sql`
        update sequence_gaps set state_asked_at = ${isoTime(askedAtMs)}::timestamptz
        where recorder_id = any(${[...recorderIds]}::uuid[]) and state_asked_at is null
          and noticed_at <= ${isoTime(noticedByMs)}::timestamptz`
    },
  }
}

const isoTime = (ms: number) => new Date(ms).toISOString()

/** The known numbers of the recorders, those seen for the first time included. */
async function lockRecorders(
  tx: Transaction,
  recorders: readonly RecorderToLock[],
): Promise<Map<string, Sequences>> {
  const recorderIds = recorders.map(({ recorderId }) => recorderId)
  await tx`
    insert into recorder_sequences (recorder_id, bike_id, first_sequence, next_sequence)
    select * from unnest(${recorderIds}::uuid[], ${recorders.map(({ bikeId }) => bikeId)}::uuid[],
      ${recorders.map(({ beginning }) => beginning.first)}::bigint[],
      ${recorders.map(({ beginning }) => beginning.next)}::bigint[])
    on conflict (recorder_id) do nothing`
  const numbers = await tx<{ recorderId: string; first: string; next: string }[]>`
    select recorder_id as "recorderId", first_sequence as first, next_sequence as next from recorder_sequences
    where recorder_id = any(${recorderIds}::uuid[]) order by recorder_id for update`
  const gaps = Map.groupBy(await gapsOf(tx, recorderIds), ({ recorderId }) => recorderId)
  return new Map(
    numbers.map(({ recorderId, first, next }) => [
      recorderId,
      { first: Number(first), next: Number(next), gaps: (gaps.get(recorderId) ?? []).map(({ gap }) => gap) },
    ]),
  )
}

interface GapRow {
  recorderId: string
  first: string
  end: string
  noticedAt: Date
  stateAskedAt: Date | null
}

async function gapsOf(tx: Transaction, recorderIds: readonly string[]) {
  const rows = await tx<GapRow[]>`
    select recorder_id as "recorderId", lower(missing) as first, upper(missing) as end,
      noticed_at as "noticedAt", state_asked_at as "stateAskedAt"
    from sequence_gaps where recorder_id = any(${[...recorderIds]}::uuid[]) order by recorder_id, missing`
  return rows.map(
    ({ recorderId, first, end, noticedAt, stateAskedAt }): { recorderId: string; gap: Gap } => ({
      recorderId,
      gap: {
        first: Number(first),
        end: Number(end),
        noticedAtMs: noticedAt.getTime(),
        stateAskedAtMs: stateAskedAt?.getTime(),
      },
    }),
  )
}

async function keepNumbers(tx: Transaction, changes: readonly SequencesChange[]): Promise<void> {
  if (changes.length === 0) return
  await tx`
    update recorder_sequences as kept set first_sequence = given.first_sequence, next_sequence = given.next_sequence
    from unnest(
      ${changes.map(({ recorderId }) => recorderId)}::uuid[],
      ${changes.map(({ sequences }) => sequences.first)}::bigint[],
      ${changes.map(({ sequences }) => sequences.next)}::bigint[]
    ) as given (recorder_id, first_sequence, next_sequence)
    where kept.recorder_id = given.recorder_id`
}

/** A recorder's gaps are few, so all of them are written when one has changed. */
async function keepGaps(tx: Transaction, changes: readonly SequencesChange[]): Promise<void> {
  if (changes.length === 0) return
  await tx`delete from sequence_gaps where recorder_id = any(${changes.map(({ recorderId }) => recorderId)}::uuid[])`
  const rows = changes.flatMap(({ recorderId, sequences }) =>
    sequences.gaps.map((gap) => ({ recorderId, ...gap })),
  )
  if (rows.length === 0) return
  await tx`
    insert into sequence_gaps (recorder_id, missing, noticed_at, state_asked_at)
    select recorder_id, int8range(first, past), noticed_at, state_asked_at from unnest(
      ${rows.map(({ recorderId }) => recorderId)}::uuid[],
      ${rows.map(({ first }) => first)}::bigint[],
      ${rows.map(({ end }) => end)}::bigint[],
      ${rows.map(({ noticedAtMs }) => isoTime(noticedAtMs))}::timestamptz[],
      ${rows.map(({ stateAskedAtMs }) => (stateAskedAtMs === undefined ? null : isoTime(stateAskedAtMs)))}::timestamptz[]
    ) as given (recorder_id, first, past, noticed_at, state_asked_at)`
}
