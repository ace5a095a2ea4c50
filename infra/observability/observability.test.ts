// What queries and alarms name exists: metrics in the services, headings in the runbook.
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { alarms, expressionOf, recordings } from './alarms.ts'
import { casesOf } from './cases.ts'
import { allQueries, grafanaDashboard, views } from './dashboards.ts'
import { objectives } from './objectives.ts'
import { metricsIn } from './queries.ts'
import { anchorOf } from './rules.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const operations = read('docs/operations.md')

const sources = globSync('{core,console,edge}/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$|testing\//.test(file),
)
const exposed = new Set([
  ...sources.flatMap((file) => [...read(file).matchAll(/name: '([a-z_]+)'/g)].map((match) => match[1])),
  ...recordings.map(({ record }) => record),
  // Of prom-client, and of Prometheus itself.
  ...['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'up'],
])
const isExposed = (metric: string) =>
  exposed.has(metric) || exposed.has(metric.replace(/_(bucket|sum|count)$/, ''))

const queries = [...alarms.map(expressionOf), ...recordings.map(({ value }) => value), ...allQueries()]

test.each(queries)('each metric is one that a service exposes: %s', (query) => {
  const metrics = metricsIn(query)
  expect(metrics.length).toBeGreaterThan(0)
  expect(metrics.filter((metric) => !isExposed(metric))).toEqual([])
})

test('a query that is none, and a metric that nobody exposes, are noticed', () => {
  expect(() => metricsIn('max by (worker (up)')).toThrow('no PromQL')
  expect(
    metricsIn('rate(no_such_total[5m]) > on (job) group_left up').filter((metric) => !isExposed(metric)),
  ).toEqual(['no_such_total'])
})

test.each(alarms)('$name: its runbook exists, and its cases differ', (alarm) => {
  const anchors = [...operations.matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ''))
  expect(anchors).toContain(anchorOf(alarm.runbook))
  const { fires, silent } = casesOf(alarm)
  expect(fires).not.toEqual(silent)
})

test('names are used once, and no alarm looks at the mean of all processes', () => {
  const names = alarms.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(queries.filter((query) => /avg\((rate\()?process_/.test(query))).toEqual([])
})

test('docs name each alarm and each objective', () => {
  expect(alarms.filter(({ name }) => !name.includes('Burns') && !operations.includes(`\`${name}\``))).toEqual(
    [],
  )
  for (const { promise } of objectives) expect(operations).toContain(promise)
})

test('Grafana gets each query, with a legend and a source that the reader chooses', () => {
  const written = views.map((view) => grafanaDashboard(view))
  expect(written.map(({ uid }) => uid)).toEqual(['mobility-operator', 'mobility-fleet'])
  const text = JSON.stringify(written)
  for (const query of allQueries()) expect(text).toContain(JSON.stringify(query))
})
