// A base backup of a running PostgreSQL with its log archived, and a folder that recovers from both. The embedded binaries have no
// pg_basebackup; the functions behind it are there.
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql } from '../../core/engines/postgres/client/connect.ts'
import { run } from '../../infra/local/run.ts'
import { engineUser } from '../../infra/local/unprivileged.ts'

/** Where a backup lies: nothing of the engine's own folder is in it. */
export interface PostgresBackup {
  /** Data of the base backup. */
  readonly base: string
  /** Segments of the log, as the engine filled them. */
  readonly archive: string
}

/** What is younger may be lost with the engine. */
const archivedWithinS = 5

export async function makeBackupFolders(dir: string): Promise<PostgresBackup> {
  const backup = { base: join(dir, 'base'), archive: join(dir, 'archive') }
  await Promise.all(Object.values(backup).map((folder) => mkdir(folder, { recursive: true })))
  await own(dir)
  return backup
}

/** From the next start of the engine on. */
export async function archiveLog(sql: Sql, { archive }: PostgresBackup): Promise<void> {
  await sql`alter system set archive_mode = 'on'`
  await sql.unsafe(`alter system set archive_command = 'test ! -f ${archive}/%f && cp %p ${archive}/%f'`)
  await sql.unsafe(`alter system set archive_timeout = '${archivedWithinS}s'`)
}

/** While everybody goes on writing. */
export async function takeBaseBackup(sql: Sql, dataDir: string, { base }: PostgresBackup): Promise<void> {
  const connection = await sql.reserve()
  try {
    await connection`select pg_backup_start('drill', fast => true)`
    // Files that change or go away meanwhile are what the log is for.
    const left = ['./postmaster.*', './pg_wal/*', './pg_replslot/*']
      .map((path) => `--exclude='${path}'`)
      .join(' ')
    const copy = `tar -C '${dataDir}' ${left} -cf - . 2>/dev/null | tar -C '${base}' -xpf -`
    await run({ command: 'sh', args: ['-c', copy] })
    const [stop] = await connection<{ label: string }[]>`select labelfile as label from pg_backup_stop()`
    await writeFile(join(base, 'backup_label'), stop?.label ?? '')
  } finally {
    connection.release()
  }
}

/** Fills the engine's folder, which is gone, so that its next start recovers all that was archived. */
export async function restoreBackup(dataDir: string, { base, archive }: PostgresBackup): Promise<void> {
  await rm(dataDir, { recursive: true, force: true })
  await run({ command: 'cp', args: ['-a', base, dataDir] })
  await writeFile(join(dataDir, 'recovery.signal'), '')
  await appendFile(join(dataDir, 'postgresql.auto.conf'), `restore_command = 'cp ${archive}/%f %p'\n`)
  await own(dataDir)
}

/** The moment of the last change that was recovered, when the recovery has ended; undefined before. */
export async function recoveredUntil(sql: Sql): Promise<number | undefined> {
  const [row] = await sql<{ recovering: boolean; until: Date | null }[]>`
    select pg_is_in_recovery() as recovering, pg_last_xact_replay_timestamp() as until`
  return row?.recovering === false ? row.until?.getTime() : undefined
}

async function own(folder: string): Promise<void> {
  const ids = await engineUser()
  if (ids !== undefined) await run({ command: 'chown', args: ['-R', `${ids.uid}:${ids.gid}`, folder] })
}
