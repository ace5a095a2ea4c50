// What the API asks of PostgreSQL, from a database; the rest fails loudly, unless a test brings it.
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createAccessStore } from '../../engines/postgres/research/access-store.ts'
import { createResearchAccess } from '../../research/access/access.ts'
import type { ApiStores } from '../port.ts'
import { createApiStores } from '../stores.ts'

const absent = (what: string) => () => {
  throw new Error(`${what} is not part of this test`)
}

export function createTestStores(sql: Sql, more: Partial<ApiStores> = {}): ApiStores {
  return {
    ...createApiStores(sql),
    readSamples: async () => absent('telemetry')(),
    sampleMonthsOf: async () => absent('telemetry')(),
    watchCommand: absent('following a command'),
    live: { watch: absent('following a bike') },
    researchers: createResearchAccess({ store: createAccessStore(sql), policy: undefined }),
    certify: async ({ erasureId }) => `certificate of ${erasureId}`,
    takeStatements: async () => absent('a partner')(),
    ...more,
  }
}
