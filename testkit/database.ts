// A database of its own, on a PostgreSQL that others use, too.
import { connectPostgres, type Sql } from '../core/engines/postgres/client/connect.ts'

export interface OwnDatabase {
  readonly url: string
  /** Ends the connections of others to it. */
  drop(): Promise<void>
}

/** A copy of `template`, to which nobody is connected, else empty; `adminUrl` is of somebody who may make databases. */
export async function createDatabase(
  adminUrl: string,
  name: string,
  template = 'template1',
): Promise<OwnDatabase> {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  await asAdmin(adminUrl, (sql) => sql`create database ${sql(name)} template ${sql(template)}`)
  return {
    url: url.href,
    drop: () => asAdmin(adminUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  }
}

/** Removes the users whose names begin so. Their privileges must have gone with their database. */
export async function dropUsers(adminUrl: string, prefix: string): Promise<void> {
  await asAdmin(adminUrl, async (sql) => {
    const users = await sql<{ name: string }[]>`
      select rolname as name from pg_roles where starts_with(rolname, ${prefix})`
    for (const { name } of users) await sql`drop role ${sql(name)}`
  })
}

async function asAdmin(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connectPostgres({ url, name: 'test-admin', maxConnections: 1, statementTimeoutMs: 30_000 })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
