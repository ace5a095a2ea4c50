// Work that one process at a time does: a lock that lasts as long as the session, and goes to another when it ends.
import type { Leadership } from '../../../runtime/publication.ts'
import type { Sql } from './connect.ts'

/**
 * Advisory locks of the database, by what they keep apart. The numbers are any, the same for every process and version, and stand here
 * alone: two with one number would wait for each other.
 */
export const locks = {
  migrations: 7_305_114,
  publicationOfBikes: 7_305_117,
  publicationOfRides: 7_305_118,
  unverifiedRecords: 7_305_119,
  roles: 7_305_120,
  publicationOfWithdrawals: 7_305_126,
  forgettingInTheCopy: 7_305_127,
  settlingOfBooks: 7_305_139,
  queriesOfResearchers: 7_305_142,
} as const

/**
 * `sql` has one connection. When that is lost the lock is, too, and the next call says the truth about the new one. The
 * server finds out within half a minute that a machine is gone, and lets another take over.
 */
export function createLeadership(sql: Sql, key: number): Leadership {
  return {
    async isLeader() {
      const [mine] = await sql`
        select from pg_locks
        where locktype = 'advisory' and pid = pg_backend_pid() and objid = ${key}::bigint::oid`
      if (mine !== undefined) return true
      const [row] = await sql<{ held: boolean }[]>`
        select pg_try_advisory_lock(${key}::bigint) as held, set_config('tcp_keepalives_idle', '10', false),
          set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)`
      return row?.held === true
    },
  }
}
