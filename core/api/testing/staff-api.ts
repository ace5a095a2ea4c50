// The API over a database alone, asked as service staff; tokens and telemetry have tests of their own. Every answer is held
// against the contract.
import { pino } from 'pino'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import { authenticateByName } from './callers.ts'
import { type Contract, expectContract } from './contract.ts'
import { createTestStores } from './stores.ts'

export interface Asked {
  /** `staff…` has all roles of staff; see `authenticateByName`. */
  readonly as?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Makes it a POST. */
  readonly body?: unknown
}

export function createStaffApi(sql: Sql) {
  const api = createApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql),
    metrics: createApiMetrics(),
    log: pino({ level: 'error' }),
    stopping: new AbortController().signal,
  })
  const contract = Promise.resolve(api.request('/openapi.json')).then(
    (response) => response.json() as Promise<Contract>,
  )
  return async (path: string, { as = 'staff', headers = {}, body }: Asked = {}) => {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const whole = path.startsWith('/v1/') ? path : `/v1/fleet${path}`
    const response = await api.request(whole, {
      headers: { authorization: as, 'access-reason': 'a test', ...headers },
      ...post,
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, text }
    if (!response.headers.get('content-type')?.includes('json')) return { ...answer, body: undefined }
    const json = JSON.parse(text)
    const [pathname = ''] = whole.split('?')
    const method = body === undefined ? 'GET' : 'POST'
    if (response.ok)
      expectContract(await contract, {
        method,
        path: pathname,
        status: response.status,
        body: json,
      })
    return { ...answer, body: json }
  }
}
