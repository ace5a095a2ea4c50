// What a database has to know before it reads manufacturing.events from its beginning, row by row.

/**
 * A row of a table, as JSON tells it.
 *
 *     {table: 'partners', row: {partner_id: 'plant:zwickau', role: 'plant', registered_at: '2026-11-30T08:00:00+00:00'}}
 */
export interface MemoryRow {
  readonly table: string
  readonly row: Readonly<Record<string, unknown>>
}

export interface MemoryStore {
  /** Hands over all rows of one moment, in the order in which they can be written, some at a time. */
  read(take: (rows: readonly MemoryRow[]) => Promise<void>): Promise<void>
  /** Writes all rows or, where one is wrong or `rows` throws, none. Throws an Error where the database is not empty. */
  fill(rows: AsyncIterable<readonly MemoryRow[]>): Promise<void>
}
