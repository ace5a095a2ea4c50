// Connections to PostgreSQL: bounded in number, in time to connect, in time a statement may take and in silence.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import type { Scope } from '../../../runtime/service.ts'

export type Sql = postgres.Sql
export type Transaction = postgres.TransactionSql
export type Fragment = postgres.Fragment

export interface ConnectOptions {
  /**
   * `sslmode=verify-full` asks for TLS that verifies the server's name, `sslrootcert` names the file of who signs its certificate
   * (those that Node trusts when absent). Without `sslmode`, or with `disable`, plain text.
   */
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly name: string
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
}

/**
 * A pool that connects on first use. `bigint` columns come as strings, `uuid` as text, `timestamptz` as Date. Throws when the address asks
 * for TLS that verifies nothing.
 */
export function connectPostgres(options: ConnectOptions): Sql {
  const { url, name, maxConnections = 4, statementTimeoutMs = 10_000 } = options
  const { address, ssl } = readAddress(url)
  return postgres(address, {
    ssl,
    max: maxConnections,
    connect_timeout: 5,
    // An idle connection ends before the watch takes it for a silent one.
    idle_timeout: statementTimeoutMs / 1_000,
    onnotice: () => undefined,
    connection: { application_name: name, statement_timeout: statementTimeoutMs },
    socket: (to: Target) => openSocket(to, 2 * statementTimeoutMs),
  } as postgres.Options<Record<string, never>>)
}

/** The address as the client takes it, and how it encrypts. Throws when the address asks for TLS that verifies nothing. */
export function readAddress(url: string) {
  const address = new URL(url)
  const [mode, authority] = ['sslmode', 'sslrootcert'].map((name) => address.searchParams.get(name))
  // The client would send them to the server as settings of the session.
  for (const name of ['sslmode', 'sslrootcert']) address.searchParams.delete(name)
  if (mode === 'verify-full') {
    const ca = authority ? { ca: readFileSync(authority, 'utf8') } : {}
    // Whose name the certificate must bear; the client names hosts, but no addresses.
    const ssl = { ...ca, host: address.hostname.replace(/^\[|\]$/g, ''), rejectUnauthorized: true }
    return { address: address.href, ssl }
  }
  if (authority || (mode && mode !== 'disable'))
    throw new Error('the address of PostgreSQL takes no other sslmode than verify-full')
  return { address: address.href, ssl: false }
}

export type PostgresScope = Scope<'DATABASE_URL'>

export interface PoolOptions {
  /** Shown in pg_stat_activity behind the service's name. */
  readonly purpose?: string
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
}

const fewConnections = 2

/** A pool that connects on first use. The service is not ready while PostgreSQL does not answer it. */
export function openPostgres(scope: PostgresScope, options: PoolOptions = {}): Sql {
  const { maxConnections = fewConnections, purpose, statementTimeoutMs } = options
  const sql = connectPostgres({
    url: scope.config.DATABASE_URL,
    name: nameOf(scope, purpose),
    maxConnections,
    ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
  })
  scope.onClose(() => sql.end({ timeout: 5 }))
  if (purpose === undefined) scope.watch('PostgreSQL', () => sql`select 1`)
  return sql
}

export function nameOf({ name }: PostgresScope, purpose: string | undefined): string {
  return purpose === undefined ? name : `${name}-${purpose}`
}

/**
 * How many of these rows wait, and for how long the oldest does; 0 where none waits.
 *
 *     backlogOf(sql, 'changed_at', sql`ride_changes`)  →  { items: 3, oldestMs: 1_250 }
 */
export async function backlogOf(
  sql: Sql,
  since: string,
  rows: Fragment,
): Promise<{ items: number; oldestMs: number }> {
  const [row] = await sql<{ items: number; oldestMs: number }[]>`
    select count(*)::float8 as items,
      coalesce(extract(epoch from now() - min(${sql(since)})) * 1000, 0)::float8 as "oldestMs"
    from ${rows}`
  return { items: row?.items ?? 0, oldestMs: row?.oldestMs ?? 0 }
}

interface Target {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path?: string | false
}

/**
 * A server that lives answers or refuses every statement within its timeout. One that hangs, or a network that swallows
 * bytes, does not: the connection is given up after twice `silenceMs` at most, and what waits for it rejects.
 */
function openSocket({ host: [host = ''], port: [port = 0], path }: Target, silenceMs: number): Socket {
  const socket = path ? connect(path) : connect(port, host)
  let heard = 0
  const watch = setInterval(() => {
    if (socket.bytesRead === heard) socket.destroy()
    if (socket.destroyed) clearInterval(watch)
    heard = socket.bytesRead
  }, silenceMs)
  watch.unref()
  // The client asks for the certificate of this name.
  return Object.assign(socket, { host })
}
