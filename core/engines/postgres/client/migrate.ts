// Brings a database to the schema of this version: each file of migrations/ once, in order, all or nothing. A file in TypeScript exports
// `run(tx)`: what it does needs a rule of the fleet, such as how numbers are read.
import { readdir, readFile } from 'node:fs/promises'
import type { Sql, Transaction } from './connect.ts'
import { locks } from './leadership.ts'

const folder = new URL('../migrations/', import.meta.url)
const isMigration = /^\d{4}_\w+\.(sql|ts)$/

/** Applies what is missing, up to the file `last` where it is given, and returns the names of the files applied. */
export async function migrate(sql: Sql, last = '9999'): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => isMigration.test(name) && name <= last).sort()
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${locks.migrations})`
    await tx`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now())`
    const rows = await tx<{ name: string }[]>`select name from schema_migrations`
    const done = new Set(rows.map(({ name }) => name))
    const missing = files.filter((name) => !done.has(name))
    for (const name of missing) {
      await apply(tx, new URL(name, folder))
      await tx`insert into schema_migrations ${tx({ name })}`
    }
    return missing
  })
}

async function apply(tx: Transaction, file: URL): Promise<void> {
  if (file.pathname.endsWith('.sql')) {
    await tx.unsafe(await readFile(file, 'utf8'))
    return
  }
  const migration = (await import(file.href)) as { run(tx: Transaction): Promise<void> }
  await migration.run(tx)
}
