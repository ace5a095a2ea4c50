// The gateway on the real Elasticsearch and PostgreSQL: its answers are those of brute force over the documents of who consents, within
// what each researcher may ask. Who consents no more has impossible values, so that one of them in an answer shows.
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import type { Partition } from '../../engines/elasticsearch/port.ts'
import { dropTelemetry, provisionElasticsearch } from '../../engines/elasticsearch/provision.ts'
import { createResearchCopy } from '../../engines/elasticsearch/research-copy.ts'
import { createResearchReader } from '../../engines/elasticsearch/research-reader.ts'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createConsentGate } from '../../engines/postgres/research/copy-store.ts'
import {
  createBudgets,
  createQueryLog,
  hiddenPersons,
  noiseKey,
} from '../../engines/postgres/research/gateway-store.ts'
import { createGateway } from './app.ts'
import { firstHash, hashOf, verifyChain } from './audit.ts'
import { createGatewayMetrics } from './metrics.ts'

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const options = { ...testEngines().elasticsearch, namespace: uniqueNamespace(), log }
const copy = createResearchCopy(options)
const reader = createResearchReader(options)
let database: TestDatabase
const others: Sql[] = []

const hourMs = 3_600_000
const fromMs = Date.UTC(2026, 0, 31, 22)
const impossible = 999_000
const persons = Array.from({ length: 40 }, (_, i) => `${i}`.padStart(32, '0'))
const [withdrawn = '', leaving = '', ...staying] = persons

interface Sample {
  readonly '@timestamp': number
  readonly subject: string
  readonly person: string
  readonly recorder: string
  readonly kind: string
  readonly speed_kmh_e3: number
}

/** Each person rides in each of four hours around the end of January, one sample a minute, more and less by person. */
const samples: readonly Sample[] = persons.flatMap((person, i) =>
  Array.from({ length: 4 }, (_, hour) =>
    Array.from({ length: 50 + (i % 9) }, (_, minute) => ({
      '@timestamp': fromMs + hour * hourMs + minute * 60_000,
      ...{ subject: person.replace('0', 'a'), person, recorder: '0c', kind: 'ride' },
      speed_kmh_e3: staying.includes(person) ? 15_000 + 100 * i + minute : impossible,
    })),
  ).flat(),
)
const monthOf = (timeMs: number): Partition => {
  const [from, february, march] = [Date.UTC(2026, 0), Date.UTC(2026, 1), Date.UTC(2026, 2)]
  const isJanuary = timeMs < february
  return { group: 'ride', fromMs: isJanuary ? from : february, toMs: isJanuary ? february : march }
}

beforeAll(async () => {
  database = await createTestDatabase()
  await provisionElasticsearch(options)
  for (const [, some] of Map.groupBy(samples, (sample) => monthOf(sample['@timestamp']).fromMs)) {
    const partition = monthOf(some[0]?.['@timestamp'] ?? 0)
    const lines = some.map((sample) => `{"create":{}}\n${JSON.stringify(sample)}\n`)
    await copy.makePartition(partition)
    await copy.create(partition, { body: Buffer.from(lines.join('')), documents: some.length })
  }
  await copy.refresh()
  const keys = persons.map((person) => ({ rider_id: `rider of ${person}`, key: person.repeat(2), person }))
  await database.sql`insert into research_keys ${database.sql(keys)}`
  await withdraw(withdrawn)
})
afterAll(async () => {
  await Promise.all(others.map((sql) => sql.end()))
  await Promise.all([copy.close(), reader.close()])
  await dropTelemetry(options)
  await database.drop()
})

/** As a withdrawal does it, in one transaction. */
const withdraw = (person: string) =>
  database.sql.begin(async (tx) => {
    await tx`delete from research_keys where person = ${person}`
    await tx`insert into research_copy_withdrawals (person) values (${person})`
  })

function gatewayOver(sql: Sql, changes: { hidden?: () => Promise<readonly string[]> } = {}) {
  const app = createGateway({
    ...{ reader, log, metrics: createGatewayMetrics(), budgets: createBudgets(sql) },
    identify: async (token) => token,
    persons: { hidden: changes.hidden ?? (() => hiddenPersons(sql)), ...createConsentGate(sql) },
    noiseKey: () => noiseKey(sql),
    queries: createQueryLog(sql, { firstHash, hashOf }),
  })
  return async (body: object, { as = 'rita', index = 'research-ride-*' } = {}) => {
    const headers = { authorization: `Bearer ${as}`, 'content-type': 'application/json' }
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await app.request(`/${index}/_search`, sent)
    return { status: response.status, body: await response.json() }
  }
}

type Hits = { hits: { hits: { _index: string; _source: Record<string, unknown> }[] } }
const sources = (body: Hits) => body.hits.hits.map(({ _source }) => _source)
/** As the copy gives it back. */
const inWords = (sample: Sample) => ({
  ...sample,
  '@timestamp': new Date(sample['@timestamp']).toISOString(),
})

test('documents are those of brute force: by person, subject, time and metric, in both directions', async () => {
  const ask = gatewayOver(database.sql)
  const [person = ''] = staying
  const range = { gte: new Date(fromMs + hourMs).toISOString(), lt: fromMs + 3 * hourMs }
  const wanted = samples.filter(
    (sample) =>
      sample.person === person &&
      sample.speed_kmh_e3 >= 15_210 &&
      sample['@timestamp'] >= fromMs + hourMs &&
      sample['@timestamp'] < fromMs + 3 * hourMs,
  )
  expect(wanted.length).toBeGreaterThan(10)
  const query = {
    bool: {
      filter: [
        { term: { person } },
        { terms: { subject: [person.replace('0', 'a')] } },
        { range: { '@timestamp': range } },
        { range: { speed_kmh_e3: { gte: 15_210 } } },
      ],
    },
  }
  const up = await ask({ query, size: 100 })
  expect(sources(up.body)).toEqual(wanted.map(inWords))
  expect(new Set((up.body as Hits).hits.hits.map(({ _index }) => _index))).toEqual(
    new Set(['research-ride-2026.01', 'research-ride-2026.02']),
  )
  const down = await ask({ query, size: 3, sort: { '@timestamp': 'desc' }, _source: ['speed_kmh_e3'] })
  expect(sources(down.body)).toEqual(
    wanted
      .slice(-3)
      .reverse()
      .map(({ speed_kmh_e3 }) => ({ speed_kmh_e3 })),
  )
  const month = await ask({ query, size: 100 }, { index: 'research-ride-2026.02' })
  expect(sources(month.body)).toEqual(
    wanted.filter((one) => one['@timestamp'] >= Date.UTC(2026, 1)).map(inWords),
  )
  expect((await ask({}, { index: 'research-ride-2031.01' })).status).toBe(404)
})

test('who has withdrawn is in no answer from that moment, also when that was during the search', async () => {
  const ask = gatewayOver(database.sql)
  const fast = { query: { range: { speed_kmh_e3: { gte: impossible } } }, size: 100, _source: ['person'] }
  const before = sources((await ask(fast)).body)
  expect(before).toHaveLength(100)
  expect(new Set(before.map(({ person }) => person))).toEqual(new Set([leaving]))
  let reads = 0
  const during = gatewayOver(database.sql, {
    async hidden() {
      const hidden = await hiddenPersons(database.sql)
      if (reads++ === 0) await withdraw(leaving)
      return hidden
    },
  })
  expect(sources((await during(fast)).body)).toEqual([])
  expect(reads).toBe(2)
  expect(sources((await ask(fast)).body)).toEqual([])
})

test('aggregates are those of brute force over who consents, within the stated noise', async () => {
  const ask = gatewayOver(database.sql)
  const from = new Date(fromMs).toISOString()
  const until = new Date(fromMs + 4 * hourMs).toISOString()
  const metrics = {
    mean: { avg: { field: 'speed_kmh_e3' } },
    number: { value_count: { field: '@timestamp' } },
  }
  const hours = { date_histogram: { field: '@timestamp', fixed_interval: '1h' }, aggs: metrics }
  const range = { range: { '@timestamp': { gte: from, lt: until } } }
  const { body } = await ask({ size: 0, query: range, aggs: { hours } })
  const told = body.aggregations.hours.buckets as {
    key: number
    doc_count: number
    mean: { value: number }
  }[]
  expect(told.map(({ key }) => key)).toEqual([0, 1, 2, 3].map((hour) => fromMs + hour * hourMs))
  for (const { key, doc_count, mean } of told) {
    const within = samples.filter(
      (one) => staying.includes(one.person) && one['@timestamp'] >= key && one['@timestamp'] < key + hourMs,
    )
    // Eight contributions of 58 samples; of averages sixteen shares of their spread. One canary would move the average by 24,000.
    expect(Math.abs(doc_count - within.length)).toBeLessThanOrEqual(8 * 58 + 5)
    const average = within.reduce((sum, one) => sum + one.speed_kmh_e3, 0) / within.length
    expect(Math.abs(mean.value - average)).toBeLessThanOrEqual(((16 * 58) / within.length) * 3_800 + 100)
  }
  const again = await ask({ size: 0, query: range, aggs: { hours } }, { as: 'ravi' })
  expect(again.body).toEqual(body)
  const battery = { bool: { filter: [range, { term: { kind: 'battery' } }] } }
  expect((await ask({ size: 0, query: battery })).body).toMatchObject({ hits: { total: { value: 0 } } })
})

test('a researcher is shown 10,000 documents a day and asks 30 queries a minute', async () => {
  const budgets = createBudgets(database.sql)
  const limits = { documentsADay: 10_000, queriesAMinute: 30 }
  const take = (documents: number, researcher = 'ravi') => budgets.take({ researcher, documents }, limits)
  expect(await take(9_900)).toBe('taken')
  expect(await take(101)).toBe('budget_spent')
  expect(await take(100)).toBe('taken')
  await budgets.giveBack({ researcher: 'ravi', documents: 30 })
  expect([await take(31), await take(30), await take(1)]).toEqual(['budget_spent', 'taken', 'budget_spent'])

  const asks = await Promise.all(Array.from({ length: 70 }, () => take(0, 'rosa')))
  // They may fall into two minutes.
  expect([30, 60]).toContain(asks.filter((answer) => answer === 'taken').length)
  expect(asks).toContain('too_many_queries')
  const ask = gatewayOver(database.sql)
  expect((await ask({ size: 100 }, { as: 'ravi' })).body).toMatchObject({ error: { type: 'budget_spent' } })
})

test('every query is in the log, whose chain shows a row that was changed', async () => {
  const ask = gatewayOver(database.sql)
  const queries = createQueryLog(database.sql, { firstHash, hashOf })
  const verify = (known = { number: 0, hash: firstHash }) => verifyChain(queries, known)
  const before = await verify()
  await Promise.all(Array.from({ length: 15 }, (_, i) => ask({ size: 1 }, { as: `researcher${i}` })))
  const after = await verify(before)
  expect(after.number).toBe(before.number + 15)
  expect(await queries.after(after.number - 1, 1)).toMatchObject([{ documents: 1, number: after.number }])
  await database.sql`update research_queries set query = '{}' where number = ${after.number - 3}`
  await expect(verify(before)).rejects.toThrow(`query ${after.number - 3}, or one before it, was changed`)
})

test('without PostgreSQL there is no answer', async () => {
  const away = connectPostgres({ url: 'postgres://nobody@127.0.0.1:9/nothing', name: 'test' })
  others.push(away)
  expect(await gatewayOver(away)({})).toMatchObject({
    status: 503,
    body: { error: { type: 'store_unavailable' } },
  })
})
