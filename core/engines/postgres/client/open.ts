// PostgreSQL for a service: its connections, closed with it, and part of its readiness.
import type { Scope } from '../../../runtime/service.ts'
import { connectPostgres, type Sql } from './connect.ts'

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
