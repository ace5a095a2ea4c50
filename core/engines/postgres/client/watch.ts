// PostgreSQL's presence, for the readiness of a worker that needs it.
import { createEngineWatch, type EngineWatch } from '../../../runtime/engine-watch.ts'
import type { Sql } from './connect.ts'

export function watchPostgres(sql: Sql): EngineWatch {
  return createEngineWatch({ engine: 'PostgreSQL', ping: () => sql`select 1` })
}
