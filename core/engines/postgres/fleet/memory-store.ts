// What a database has to know before it reads manufacturing.events from its beginning: read from one database, written to an
// empty one.
import type { MemoryRow, MemoryStore } from '../../../fleet/rebuild/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

interface MemoryTable {
  readonly table: string
  /** Those that are taken along. A number that the database gives by itself is given anew, in the same order. */
  readonly columns: readonly string[]
  readonly orderBy: readonly string[]
  /** A query with these columns, where it is not the table as it is. */
  readonly from?: typeof rememberedStatements
}

/** In the order in which they can be written. */
export const memoryTables: readonly MemoryTable[] = [
  {
    table: 'partners',
    columns: ['partner_id', 'role', 'registered_at'],
    orderBy: ['partner_id'],
  },
  {
    table: 'partner_keys',
    columns: [
      ...[
        'key_id',
        'partner_id',
        'door',
        'public_key',
        'valid_from',
        'valid_until',
        'distrusted_from',
        'added_at',
      ],
    ],
    orderBy: ['added_at', 'key_id'],
  },
  {
    table: 'partner_grants',
    columns: ['partner_id', 'door', 'kind', 'brand', 'plant', 'granted_at', 'withdrawn_at'],
    orderBy: ['partner_id', 'door', 'kind', 'brand', 'plant'],
  },
  {
    table: 'remembered_statements',
    columns: ['event_id', 'sha256', 'provenance', 'applied', 'sold_bike'],
    orderBy: ['event_id'],
    from: rememberedStatements,
  },
  {
    table: 'review_decisions',
    columns: [
      ...[
        'decision_id',
        'event_id',
        'verdict',
        'reason',
        'author',
        'before',
        'after',
        'merged_into',
        'merged',
      ],
      ...['accepted', 'sha256', 'decided_at'],
    ],
    orderBy: ['decided_at', 'decision_id'],
  },
  {
    table: 'retractions',
    columns: ['event_id', 'proposal_id', 'cause', 'reason', 'proposed_by', 'approved_by', 'retracted_at'],
    orderBy: ['retracted_at', 'event_id'],
  },
  {
    // Before the bikes, which are new versions: a version that was published never comes again.
    table: 'bike_changes',
    columns: ['bike_id', 'version', 'published_version', 'changed_at'],
    orderBy: ['bike_id'],
    from: (tx) => tx`select bike_id, version, version as published_version, changed_at from bike_changes`,
  },
  {
    table: 'bikes',
    columns: ['bike_id', 'produced_at', 'registered_at', 'registered_as_produced_at'],
    orderBy: ['bike_id'],
    from: bikesWithoutStatements,
  },
  { table: 'ownerships', columns: ['bike_id', 'rider_id', 'owned'], orderBy: ['bike_id', 'owned'] },
  {
    table: 'ownership_changes',
    columns: [...['bike_id', 'at', 'kind', 'former_rider', 'new_rider', 'begins_at', 'author', 'reason']],
    orderBy: ['change_id'],
  },
  {
    table: 'ownership_offers',
    columns: [
      ...[
        'offer_id',
        'bike_id',
        'rider_id',
        'sha256',
        'begins_at',
        'made_at',
        'valid_until',
        'ended_at',
        'used_by',
      ],
    ],
    orderBy: ['made_at', 'offer_id'],
  },
  {
    table: 'ownership_cases',
    columns: [
      ...[
        'case_id',
        'bike_id',
        'former_rider',
        'new_rider',
        'begins_at',
        'reason',
        'author',
        'state',
        'opened_at',
      ],
      ...['object_until', 'objection', 'closed_at'],
    ],
    orderBy: ['opened_at', 'case_id'],
  },
  {
    table: 'claim_codes',
    columns: ['sha256', 'bike_id', 'sold_at', 'said_by', 'issued_at', 'valid_until', 'ended_at', 'used_by'],
    orderBy: ['issued_at', 'sha256'],
  },
  {
    table: 'notices',
    columns: ['rider_id', 'kind', 'bike_id', 'subject', 'detail', 'at'],
    orderBy: ['notice_id'],
  },
  {
    table: 'reported_parts',
    columns: ['bike_id', 'slot', 'serial_number', 'told_at', 'track_id'],
    orderBy: ['bike_id', 'slot'],
  },
]

const rowsAtOnce = 500

export function createMemoryStore(sql: Sql): MemoryStore {
  return {
    async read(take) {
      await sql.begin('isolation level repeatable read read only', async (tx) => {
        for (const each of memoryTables) {
          const { table, columns, orderBy, from } = each
          const source = from === undefined ? tx`${tx(table)}` : tx`(${from(tx)}) as ${tx(table)}`
          // The order may be by a column that is not taken along.
          const cursor = tx<{ row: MemoryRow['row'] }[]>`
            select (select to_jsonb(taken) from (select ${columnsOf(tx, table, columns)}) as taken) as row
            from ${source} order by ${columnsOf(tx, table, orderBy)}`.cursor(rowsAtOnce)
          for await (const rows of cursor) await take(rows.map(({ row }) => ({ table, row })))
        }
      })
    },
    fill: (rows) =>
      sql.begin(async (tx) => {
        await lockEmpty(tx)
        for await (const some of rows) {
          for (const [table, alike] of Map.groupBy(some, (each) => each.table)) await write(tx, table, alike)
        }
      }),
  }
}

const columnsOf = (tx: Transaction, table: string, columns: readonly string[]) =>
  columns.map((column) => tx`${tx(table)}.${tx(column)}`).reduce((all, each) => tx`${all}, ${each}`)

/** Nobody writes until the import ends. */
async function lockEmpty(tx: Transaction): Promise<void> {
  for (const table of ['manufacturing_events', ...memoryTables.map((each) => each.table)]) {
    await tx`lock table ${tx(table)} in share row exclusive mode`
    const [found] = await tx`select from ${tx(table)} limit 1`
    if (found !== undefined) throw new Error(`the database is not empty: there are rows in ${table}`)
  }
}

async function write(tx: Transaction, table: string, rows: readonly MemoryRow[]): Promise<void> {
  const known = memoryTables.find((each) => each.table === table)
  if (known === undefined) throw new Error(`the file has rows of ${table}, which is no table of it`)
  const columns = tx([...known.columns])
  await tx`
    insert into ${tx(table)} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${tx(table)}, ${JSON.stringify(rows.map(({ row }) => row))}::text::jsonb)`
}

/**
 * Statements that would not be believed as they were: no seal proves them, their key was not valid any more when they came, or
 * a grant of their kind was withdrawn. And sales that issued no code, since ownership is known before they are read.
 */
function rememberedStatements(tx: Transaction) {
  return tx`
    select event_id, events.sha256, provenance, state = 'applied' as applied,
      case when kind = 'bikeSold' and state = 'applied' then (
        select bike_id from bikes where 'frame:' || frame_number = any(subjects) limit 1
      ) end as sold_bike
    from manufacturing_events as events left join partner_keys as keys using (key_id)
    where provenance <> 'sealed'
      or received_at >= least(valid_until, distrusted_from)
      or state = 'applied' and exists (
        select from partner_grants as former where former.partner_id = events.partner_id
          and former.kind = events.kind and withdrawn_at is not null)
      or state = 'applied' and kind = 'bikeSold'
        and not exists (select from claim_codes where said_by = event_id)
    union all
    select event_id, sha256, provenance, applied, sold_bike from remembered_statements
    where not exists (select from manufacturing_events as known where known.event_id = remembered_statements.event_id)`
}

/** Registered by hand, owned, or left over by a retraction: as if registered by hand, until their statements are read. */
function bikesWithoutStatements(tx: Transaction) {
  return tx`
    select bike_id, coalesce(registered_as_produced_at, produced_at) as produced_at, registered_at,
      registered_as_produced_at
    from bikes where frame_number is null or registered_as_produced_at is not null or bike_id in (
      select bike_id from ownerships union select bike_id from ownership_changes
      union select bike_id from ownership_offers union select bike_id from ownership_cases
      union select bike_id from claim_codes)`
}
