// Statements about a bike, and its rows as they were before they changed; newest first.
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { ManufacturingEventSchema } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { StatementState } from '../../../fleet/judging/port.ts'
import type { Page, Paged, StoredHistoryItem } from '../../../fleet/registry/reader-port.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

interface Row {
  kind: StoredHistoryItem['kind']
  place: string
  /** Microseconds since 1970, for the cursor. */
  microseconds: string
  atMs: number
  eventId: string | null
  source: string | null
  /** Case of the envelope, or name of the table. */
  what: string
  state: StatementState | null
  occurredAtMs: number | null
  statement: Buffer | null
  row: Record<string, unknown> | null
}

const number = z.string().regex(/^\d{1,18}$/)
const key = z.tuple([number, z.string().max(16), number])
/** Behind all: the year 2286. */
const newest = ['9999999999999999', '', '0'] as const

export async function bikeHistory(
  sql: Sql,
  { bikeId, subjects }: { bikeId: string; subjects: readonly string[] },
  { limit, cursor }: Page,
): Promise<Paged<StoredHistoryItem>> {
  const [microseconds, kind, position] = cursor === undefined ? newest : readCursor(cursor, key)
  const behind = sql`
    where (at, kind, position)
      < (timestamptz 'epoch' + ${microseconds}::bigint * interval '1 microsecond', ${kind}, ${position}::bigint)
    order by at desc, kind desc, position desc limit ${limit + 1}`
  const found = await sql<Row[]>`
    select kind, position::text as place, (extract(epoch from at) * 1e6)::bigint::text as microseconds,
      epoch_ms(at) as "atMs", event_id as "eventId", source, what, state, epoch_ms(occurred_at) as "occurredAtMs",
      statement, row
    from (
      (select * from (
        select 'statement' as kind, received_at as at, position, event_id, source, kind as what, state, occurred_at,
          statement, null::jsonb as row
        from manufacturing_events where subjects && ${[...subjects]}::text[]
      ) as statements ${behind})
      union all
      (select * from (
        select 'superseded' as kind, superseded_at as at, position, null::uuid, null, table_name, null,
          null::timestamptz, null::bytea, row
        from superseded_rows
        where table_name in ('bikes', 'installations', 'ownerships') and row ->> 'bike_id' = ${bikeId}
      ) as superseded ${behind})
    ) as items ${behind}`
  const { rows, next } = pageOf(found, limit, (row) => [row.microseconds, row.kind, row.place])
  return { rows: rows.map(itemOf), next }
}

/** Those that were mended since, too. */
export async function frameNumbers(sql: Sql, bikeId: string): Promise<string[] | undefined> {
  const rows = await sql<{ frameNumber: string | null }[]>`
    select frame_number as "frameNumber" from bikes where bike_id = ${bikeId}::uuid
    union
    select row ->> 'frame_number' from superseded_rows where table_name = 'bikes' and row ->> 'bike_id' = ${bikeId}`
  return rows.length === 0 ? undefined : rows.flatMap(({ frameNumber }) => frameNumber || [])
}

function itemOf({
  atMs,
  eventId,
  source,
  what,
  state,
  occurredAtMs,
  statement,
  row,
}: Row): StoredHistoryItem {
  if (statement === null || state === null) return { kind: 'superseded', atMs, table: what, row: row ?? {} }
  return {
    ...{ kind: 'statement', atMs, occurredAtMs, says: what },
    ...{ eventId: eventId ?? '', source: source ?? '', state },
    event: fromBinary(ManufacturingEventSchema, statement),
  }
}
