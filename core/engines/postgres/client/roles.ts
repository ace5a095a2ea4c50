// The users of a database and their privileges, as a table says: what it no longer says is taken away.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Sql } from './connect.ts'
import { locks } from './leadership.ts'

/** Privileges by table, in PostgreSQL's words: `{ rides: 'select', devices: 'select, update (device_id)' }`. */
export type Grants = Readonly<Record<string, string>>

export interface Role {
  readonly name: string
  readonly password: string
  /** A table may be in several. */
  readonly grants: readonly Grants[]
}

/**
 * Afterwards each role exists, logs in with its password and may do what its grants say in this database; everybody else but the owner
 * may do nothing in it. All or nothing. `sql` is the owner's, who may make roles.
 */
export async function provisionRoles(sql: Sql, roles: readonly Role[]): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${locks.roles})`
    const [database] = await tx<{ name: string }[]>`select current_database() as name`
    const known = await tx<{ name: string }[]>`
      select rolname as name from pg_roles where rolname = any(${roles.map(({ name }) => name)}::text[])`
    const missing = new Set(roles.map(({ name }) => name))
    for (const { name } of known) missing.delete(name)
    const from = quoted(database?.name ?? '')
    const statements = [
      `revoke all on database ${from} from public`,
      'revoke all on schema public from public',
      ...[...missing].map((name) => `create role ${quoted(name)}`),
      // All is taken before anything is given: several may share a user.
      ...roles.flatMap((role) => withNothing(role, from)),
      ...roles.flatMap(grantsOf),
    ]
    // One message: hundreds of answers would take seconds.
    await tx.unsafe(statements.join(';'))
  })
}

function withNothing({ name, password }: Role, database: string): string[] {
  const role = quoted(name)
  return [
    // A verifier has no quotes, and logs of statements do not show the password.
    `alter role ${role} login password '${scramVerifier(password)}'`,
    `grant connect on database ${database} to ${role}`,
    `grant usage on schema public to ${role}`,
    `revoke all on all tables in schema public from ${role}`,
  ]
}

function grantsOf({ name, grants }: Role): string[] {
  return grants
    .flatMap((each) => Object.entries(each))
    .map(([table, privileges]) => `grant ${privileges} on ${quoted(table)} to ${quoted(name)}`)
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

const iterations = 4_096

/** As PostgreSQL keeps a password (RFC 5803): who reads it can log in nowhere. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`
}
