// Connections to PostgreSQL: bounded in number, in time to connect, in time a statement may take and in silence.
import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import type { Scope } from '../../../runtime/service.ts'

export type Sql = postgres.Sql
export type Transaction = postgres.TransactionSql
export type Fragment = postgres.Fragment

export interface ConnectOptions {
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly name: string
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
}

/** A pool that connects on first use. `bigint` columns come as strings, `uuid` as text, `timestamptz` as Date. */
export function connectPostgres(options: ConnectOptions): Sql {
  const { url, name, maxConnections = 4, statementTimeoutMs = 10_000 } = options
  return postgres(url, {
    max: maxConnections,
    connect_timeout: 5,
    // An idle connection ends before the watch takes it for a silent one.
    idle_timeout: statementTimeoutMs / 1_000,
    onnotice: () => undefined,
    connection: { application_name: name, statement_timeout: statementTimeoutMs },
    socket: (to: Target) => openSocket(to, 2 * statementTimeoutMs),
  } as postgres.Options<Record<string, never>>)
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
