// Each operation with a token of each role, against the table of docs/staff.md.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createApi } from './app.ts'
import { createApiMetrics } from './metrics.ts'
import type { ApiStores } from './port.ts'
import { forOwnerOr, forRole, type Role, rightOf, roles } from './roles.ts'
import { authenticateByName } from './testing/callers.ts'

/** No store answers: who gets as far as 503 was let in. */
const away = (): unknown => new Proxy(() => Promise.reject(new Error('away')), { get: away })

const api = createApi({
  authenticate: authenticateByName,
  stores: new Proxy({}, { get: away }) as ApiStores,
  metrics: createApiMetrics(),
  log: pino({ level: 'silent' }),
  stopping: new AbortController().signal,
})

const operations = api.openAPIRegistry.definitions.flatMap((each) =>
  each.type === 'route' ? [each.route] : [],
)
const page = readFileSync(new URL('../../docs/staff.md', import.meta.url), 'utf8')
const documented = new Map(
  [
    ...page.matchAll(
      /^\| (\w+) +\| (any token|no token|a researcher’s session|`\w+`)(?: \(`(\w+)`\))? +\| (yes|no: .+?|–) +\|$/gm,
    ),
  ].map(([, operation = '', who = '', staff, personal]) => [
    operation,
    { who: who.replaceAll('`', ''), staff, personal },
  ]),
)

test('the page has every operation', () => {
  expect([...documented.keys()].sort()).toEqual(operations.map(({ operationId }) => operationId).sort())
})

/** Whatever the roles of a token. */
const forAnybody = ['any token', 'no token', 'a researcher’s session']

/** `yes`, `no: why` for what only says so of staff, `–` where staff are nobody special. */
function shownBy(route: (typeof operations)[number]): string {
  if (route['x-personal-data'] === undefined) return '–'
  return route['x-personal-data'] === true ? 'yes' : `no: ${route['x-no-person-because']}`
}

const cases = operations.flatMap((route) =>
  [...roles, 'none' as const].map((role) => ({ route, role, id: route.operationId ?? route.path })),
)
test.each(cases)('$id with the role $role', async ({ route, role, id }) => {
  const { who = '', staff, personal } = documented.get(id) ?? {}
  const path = route.path.replaceAll(/\{\w+\}/g, randomUUID())
  const answer = await api.request(path, {
    method: route.method.toUpperCase(),
    headers: { authorization: `eva ${role}`, 'access-reason': 'a test' },
  })
  const isRefused = !forAnybody.includes(who) && who !== role
  expect(answer.status === 403, String(answer.status)).toBe(isRefused)
  if (isRefused) expect(await answer.json()).toMatchObject({ reason: 'role_missing' })
  const declared = route.security?.flatMap(({ bearer = [] }) => bearer).join()
  expect(personal).toBe(shownBy(route))
  expect(declared ?? '').toBe(forAnybody.includes(who) ? (staff ?? '') : who)
})

test.each<[object, Role | undefined]>([
  [{}, undefined],
  [forRole('approve', { personal: true }), 'approve'],
  [forOwnerOr('read', { personal: true }), undefined],
])('%o asks for %s', (definition, role) => {
  expect(rightOf(definition).required).toBe(role)
})
