// Brings a database to the schema of this version: each file of migrations/ once, in order, all or nothing.
import { readdir, readFile } from 'node:fs/promises'
import type { Sql } from './connect.ts'

const folder = new URL('../migrations/', import.meta.url)
// Any number, the same for every process: two migrations at once wait for each other.
const lockKey = 7_305_114

/** Applies what is missing and returns the names of the files applied. */
export async function migrate(sql: Sql): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${lockKey})`
    await tx`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now())`
    const rows = await tx<{ name: string }[]>`select name from schema_migrations`
    const done = new Set(rows.map(({ name }) => name))
    const missing = files.filter((name) => !done.has(name))
    for (const name of missing) {
      await tx.unsafe(await readFile(new URL(name, folder), 'utf8'))
      await tx`insert into schema_migrations ${tx({ name })}`
    }
    return missing
  })
}
