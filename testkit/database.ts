// A database of its own, on a PostgreSQL that others use, too.
import { connectPostgres, type Sql } from '../core/engines/postgres/client/connect.ts'

export interface OwnDatabase {
  readonly url: string
  /** Ends the connections of others to it. */
  drop(): Promise<void>
}

/** Made empty; `adminUrl` is of somebody who may make databases. */
export async function createDatabase(adminUrl: string, name: string): Promise<OwnDatabase> {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  await asAdmin(adminUrl, (sql) => sql`create database ${sql(name)}`)
  return {
    url: url.href,
    drop: () => asAdmin(adminUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  }
}

async function asAdmin(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connectPostgres({ url, name: 'test-admin', maxConnections: 1, statementTimeoutMs: 30_000 })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
