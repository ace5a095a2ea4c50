// Connections to PostgreSQL: bounded in number, in time to connect and in time a statement may take.
import postgres from 'postgres'

export type Sql = postgres.Sql

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
    idle_timeout: 300,
    onnotice: () => undefined,
    connection: { application_name: name, statement_timeout: statementTimeoutMs },
  })
}
