import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createGateway, type GatewayDeps } from './app.ts'
import { createGatewayMetrics } from './metrics.ts'
import { type AnsweredQuery, UnknownMonthError } from './port.ts'

const document = (person: string) => ({
  _index: 'research-ride-2026.01',
  _source: { person, kind: 'ride', '@timestamp': '2026-01-01T00:00:00.000Z' },
})
const answerOf = (...persons: string[]) => ({ hits: { hits: persons.map(document) } })

/** A gateway over a copy that answers with the documents of these persons unless they are left out. */
function gatewayOver({
  persons = ['0a', '0b'],
  withdrawn = [] as string[],
  ...changes
}: Partial<Omit<GatewayDeps, 'persons' | 'noiseKey'>> & { persons?: string[]; withdrawn?: string[] } = {}) {
  const [logged, spent, searches]: [AnsweredQuery[], number[], unknown[]] = [[], [], []]
  const metrics = createGatewayMetrics()
  const deps: GatewayDeps = {
    identify: async (token) => token,
    persons: {
      hidden: async () => [],
      consenting: async (some) => new Set(some.filter((person) => !withdrawn.includes(person))),
    },
    budgets: {
      async take({ documents }) {
        spent.push(documents)
        return 'taken'
      },
      giveBack: async ({ documents }) => void spent.push(-documents),
    },
    queries: { append: async (query) => void logged.push(query) },
    reader: {
      async search(_, body) {
        searches.push(body)
        const left = JSON.stringify(body)
        return answerOf(...persons.filter((person) => !left.includes(`"${person}"`)))
      },
    },
    noiseKey: async () => 'a key',
    ...{ metrics, log: pino({ level: 'silent' }) },
    ...changes,
  }
  const app = createGateway(deps)
  const ask = async (body: unknown = {}, { path = '/research-ride-*/_search', as = 'rita' } = {}) => {
    const headers = {
      'content-type': 'application/json',
      ...(as !== '' && { authorization: `Bearer ${as}` }),
    }
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const refused = async (reason: string) =>
    (await metrics.registry.metrics()).includes(`research_gateway_refusals_total{reason="${reason}"} 1`)
  return { app, ask, refused, logged, searches, left: () => spent.reduce((sum, one) => sum + one, 0) }
}
type Answer = { hits: { hits: { _source: { person: string } }[] } }
const personsOf = ({ hits }: Answer) => hits.hits.map(({ _source }) => _source.person)

test('documents are shown, paid for and logged before they are shown; those not shown are given back', async () => {
  const { ask, logged, left } = gatewayOver()
  const { status, headers, body } = await ask({ size: 50 })
  expect([status, headers.get('x-elastic-product')]).toEqual([200, 'Elasticsearch'])
  expect(personsOf(body)).toEqual(['0a', '0b'])
  expect(left()).toBe(2)
  expect(logged).toMatchObject([
    { researcher: 'rita', documents: 2, answerBytes: Buffer.byteLength(JSON.stringify(body)) },
  ])
  expect(JSON.parse(logged[0]?.query ?? '')).toMatchObject({ mode: 'documents', size: 50 })
})

test('an answer without a document costs one', async () => {
  const { ask, left } = gatewayOver({ persons: [] })
  expect((await ask({ size: 50 })).status).toBe(200)
  expect(left()).toBe(1)
})

test('who withdraws during a search is in no answer: it is asked again', async () => {
  const { ask, searches } = gatewayOver({ withdrawn: ['0a'] })
  expect(personsOf((await ask()).body)).toEqual(['0b'])
  expect(searches).toHaveLength(2)
})

test('when consents end at each try there is no answer, and nothing is spent', async () => {
  const reader = { search: async () => answerOf('0a') }
  const { ask, refused, left, logged } = gatewayOver({ reader, withdrawn: ['0a'] })
  expect((await ask()).status).toBe(503)
  expect([await refused('withdrawn_meanwhile'), left(), logged]).toEqual([true, 0, []])
})

test.each([
  ['the log of queries', { queries: { append: () => Promise.reject(new Error('away')) } }],
  ['the copy', { reader: { search: () => Promise.reject(new Error('away')) } }],
  ['whom to believe', { identify: () => Promise.reject(new Error('away')) }],
])('without %s there is no answer', async (_, changes) => {
  const { ask, refused } = gatewayOver(changes)
  const { status, headers, body } = await ask()
  expect([status, headers.get('retry-after'), await refused('store_unavailable')]).toEqual([503, '2', true])
  expect(body).toMatchObject({ status: 503, error: { type: 'store_unavailable' } })
})

test.each([
  ['not_a_researcher', 401, {}, { identify: async () => undefined }],
  [
    'budget_spent',
    429,
    {},
    { budgets: { take: async () => 'budget_spent' as const, giveBack: async () => {} } },
  ],
  ['request_invalid', 400, { body: { script_fields: {} } }, {}],
  ['index_unknown', 404, { path: '/telemetry/_search' }, {}],
  ['index_unknown', 404, {}, { reader: { search: () => Promise.reject(new UnknownMonthError('no')) } }],
  ['body_too_long', 413, { body: { query: 'x'.repeat(70_000) } }, {}],
  ['request_invalid', 400, { path: '/research-ride-*/_search?scroll=1m' }, {}],
  ['not_found', 404, { path: '/_search/scroll' }, {}],
  ['not_found', 404, { path: '/research-ride-*/_mapping' }, {}],
  ['answer_too_long', 400, {}, { reader: { search: async () => answerOf('x'.repeat(1_000_000)) } }],
])(
  'refused: %s, %i',
  async (reason, status, {
    body = {},
    path = '/research-ride-*/_search',
  }: { body?: object; path?: string }, changes) => {
    const { ask, refused, logged } = gatewayOver(changes)
    const answer = await ask(body, { path })
    expect(answer).toMatchObject({ status, body: { status, error: { type: reason } } })
    expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch')
    expect([await refused(reason), logged]).toEqual([true, []])
  },
)

const january = { range: { '@timestamp': { gte: '2026-01-01', lt: '2026-02-01' } } }
/** So many persons, each with 60 samples on the first of January. */
const cellsOf = (persons: number, keys: object = {}) => ({
  aggregations: {
    cells: {
      ...keys,
      buckets: Array.from({ length: persons }, (_, i) => ({
        key: { timeMs: Date.UTC(2026, 0), kind: 'ride', person: `p${i}` },
        doc_count: 60,
      })),
    },
  },
})

test('counts cost no documents, and are logged', async () => {
  const { ask, left, logged } = gatewayOver({ reader: { search: async () => cellsOf(100) } })
  const { body } = await ask({ query: january }, { path: '/research-ride-*/_count' })
  expect(Math.abs(body.count - 6_000)).toBeLessThanOrEqual(8 * 60)
  const days = { date_histogram: { field: '@timestamp', fixed_interval: '1d' } }
  const grouped = await ask({ size: 0, query: january, aggs: { days } })
  expect(grouped.body.aggregations.days.buckets).toMatchObject([{ doc_count: body.count }])
  expect([left(), logged.length, logged[0]?.documents]).toEqual([0, 2, 0])
})

test('too many persons in too many cells are too wide a question', async () => {
  const page = cellsOf(50_000, { after_key: { person: 'last' } })
  const { ask, searches, refused } = gatewayOver({ reader: { search: async () => searches.push(0) && page } })
  expect((await ask({ size: 0, query: january })).status).toBe(400)
  expect([await refused('too_wide'), searches.length]).toEqual([true, 2])
})

test('a third query of many persons waits for one of two', async () => {
  const { promise, resolve } = Promise.withResolvers<object>()
  const { ask } = gatewayOver({ reader: { search: () => promise } })
  const two = ['anna', 'bea'].map((as) => ask({ size: 0, query: january }, { as }))
  const third = await ask({ size: 0, query: january }, { as: 'carl' })
  expect(third.body).toMatchObject({ error: { type: 'overloaded' } })
  resolve(cellsOf(10))
  for (const { status } of await Promise.all(two)) expect(status).toBe(200)
})

test('a third request at once waits for one of two, and the seventeenth of all', async () => {
  const { promise, resolve } = Promise.withResolvers<object>()
  const { ask } = gatewayOver({ reader: { search: () => promise } })
  const two = [ask(), ask()]
  expect((await ask()).body).toMatchObject({ error: { type: 'caller_busy' } })
  const others = Array.from({ length: 14 }, (_, i) => ask({}, { as: `other${i >> 1}` }))
  expect((await ask({}, { as: 'last' })).body).toMatchObject({ error: { type: 'overloaded' } })
  resolve(answerOf())
  for (const { status } of await Promise.all([...two, ...others])) expect(status).toBe(200)
  expect((await ask()).status).toBe(200)
})

test('a GET asks without a body alone, and tells clients that they speak with Elasticsearch', async () => {
  const { app } = gatewayOver()
  const headers = { authorization: 'Bearer rita' }
  const info = await app.request('/', { headers })
  expect([info.headers.get('x-elastic-product'), await info.json()]).toMatchObject([
    'Elasticsearch',
    { version: { number: expect.stringMatching(/^8\./) } },
  ])
  const get = (more = {}) => app.request('/research-ride-*/_search', { headers: { ...headers, ...more } })
  expect((await get()).status).toBe(200)
  expect((await get({ 'content-length': '2' })).status).toBe(400)
  const fields = await app.request('/research-ride-*/_field_caps?fields=kind', { headers })
  expect(await fields.json()).toMatchObject({ fields: { kind: { keyword: { aggregatable: true } } } })
})
