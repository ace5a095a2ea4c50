// The API over a database alone; tokens and telemetry have tests of their own. Every JSON answer is held against the contract.
import { pino } from 'pino'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { authenticateByName } from './callers.ts'
import { type Contract, expectContract } from './contract.ts'
import { createTestStores } from './stores.ts'

export interface Asked {
  /** Who asks; see `authenticateByName`. */
  readonly as?: string
  /** POST where there is a body and GET where there is none, unless it is told. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** `more` takes the place of stores in PostgreSQL, or of those that are no part of most tests. */
export function createAsker(sql: Sql, more: Partial<ApiStores> = {}) {
  const api = createApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql, more),
    metrics: createApiMetrics(),
    log: pino({ level: 'error' }),
    stopping: new AbortController().signal,
  })
  const contract = Promise.resolve(api.request('/openapi.json')).then(
    (response) => response.json() as Promise<Contract>,
  )
  return async (path: string, { as = 'anna', headers = {}, body, ...asked }: Asked) => {
    const method = asked.method ?? (body === undefined ? 'GET' : 'POST')
    const response = await api.request(path, {
      ...{ method, headers: { authorization: as, ...headers } },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, text }
    if (!response.headers.get('content-type')?.includes('json')) return { ...answer, body: undefined }
    const json = JSON.parse(text)
    const [pathname = ''] = path.split('?')
    if (response.ok)
      expectContract(await contract, { method, path: pathname, status: response.status, body: json })
    return { ...answer, body: json }
  }
}
