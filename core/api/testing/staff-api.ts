// The API asked as service staff, with a reason to look.
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { type Asked, createAsker } from './ask.ts'

/** Paths are below `/v1/fleet`, unless they begin with `/v1/`. `staff…` has all roles of staff. */
export function createStaffApi(sql: Sql) {
  const ask = createAsker(sql)
  return (path: string, { as = 'staff', headers = {}, ...asked }: Asked = {}) =>
    ask(path.startsWith('/v1/') ? path : `/v1/fleet${path}`, {
      ...asked,
      ...{ as, headers: { 'access-reason': 'a test', ...headers } },
    })
}
