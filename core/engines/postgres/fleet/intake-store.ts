// How far the files of plants and OEMs were read.
import type { FileKey, FileProgress, IntakeFiles } from '../../../fleet/intake/port.ts'
import type { Sql } from '../client/connect.ts'

export function createIntakeFiles(sql: Sql): IntakeFiles {
  return {
    async progress({ source, sha256 }) {
      const [known] = await sql<FileProgress[]>`
        select rows_read as "rowsRead", finished from intake_files
        where source = ${source} and sha256 = ${Buffer.from(sha256)}`
      return known ?? { rowsRead: 0, finished: false }
    },
    async record({ source, sha256, name }: FileKey, { rowsRead, finished }) {
      await sql`
        insert into intake_files (source, sha256, name, rows_read, finished)
        values (${source}, ${Buffer.from(sha256)}, ${name}, ${rowsRead}, ${finished})
        on conflict (source, sha256) do update
        set name = excluded.name, rows_read = excluded.rows_read, finished = excluded.finished, changed_at = now()`
    },
  }
}
