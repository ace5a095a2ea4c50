// Work that one process at a time does: a lock that lasts as long as the session, and goes to another when it ends.
import type { Leadership } from '../fleet/publication-port.ts'
import type { Sql } from './connect.ts'

/** `sql` has one connection. When that is lost the lock is, too, and the next call says the truth about the new one. */
export function createLeadership(sql: Sql, key: number): Leadership {
  return {
    async hold() {
      const [row] = await sql<{ held: boolean }[]>`
        select case when exists (
          select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and objid = ${key}::bigint::oid
        ) then true else pg_try_advisory_lock(${key}::bigint) end as held`
      return row?.held === true
    },
  }
}
