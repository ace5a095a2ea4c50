// PostgreSQL as this version needs it: its tables, and a user for each service and command that comes with an account of its own.
import { connectPostgres } from '../engines/postgres/client/connect.ts'
import { migrate } from '../engines/postgres/client/migrate.ts'
import { provisionRoles } from '../engines/postgres/client/roles.ts'
import { environmentOf, readConfig } from '../runtime/config.ts'
import { postgresPrivileges } from './postgres-privileges.ts'

/** Comes as the owner of the tables, by `url`, and makes no user of the owner's name. Returns the names of migrations and of users. */
export async function provisionPostgres(url: string): Promise<{
  migrations: readonly string[]
  users: readonly string[]
}> {
  const owner = accountOf(url)
  const roles = Object.entries(postgresPrivileges)
    .map(([name, grants]) => ({
      ...accountOf(readConfig(['DATABASE_URL'], environmentOf(name)).DATABASE_URL),
      grants,
    }))
    .filter(({ name }) => name !== owner.name)
  const sql = connectPostgres({ url, name: 'provision', maxConnections: 1, statementTimeoutMs: 60_000 })
  try {
    const migrations = await migrate(sql)
    if (roles.length > 0) await provisionRoles(sql, roles)
    return { migrations, users: roles.map(({ name }) => name) }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function accountOf(url: string): { name: string; password: string } {
  const { username, password } = new URL(url)
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) }
}
