// The list of stores against the engines: who adds a table, a topic, an index or a queue says how it is about riders.
import { Client } from '@elastic/elasticsearch'
import { expect, test } from 'vitest'
import { createTestDatabase, testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { aliasName } from '../../engines/elasticsearch/mapping.ts'
import { provisionElasticsearch } from '../../engines/elasticsearch/provision.ts'
import { queues as knownQueues } from '../../engines/rabbitmq/topology.ts'
import { topicLayouts } from '../../topics.ts'
import { recordKinds } from './export/port.ts'
import { type Holding, indices, queues, tables, topics } from './personal-data.ts'

const holdings: Readonly<Record<string, Holding>> = tables

/** Names of columns that hold persons, or might. */
const soundsPersonal = /rider|sender|grantee|caller|requested_by|used_by|owner|person|subject/

test('each table is on the list, and one with a column that sounds like a person says what it holds', async () => {
  const { sql, drop } = await createTestDatabase()
  const rows = await sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and table_name in (
      select table_name from information_schema.tables where table_type = 'BASE TABLE')`
  await drop()
  expect(Object.keys(tables).sort()).toEqual([...new Set(rows.map(({ table }) => table))].sort())

  const unexplained = rows.filter(({ table, column }) => {
    const holding: Holding = holdings[table] ?? { noRider: '' }
    if (!soundsPersonal.test(column)) return false
    return 'noRider' in holding && holding.columns?.[column] === undefined
  })
  expect(unexplained).toEqual([])
})

test('each topic, queue and index is on the list', async () => {
  expect(Object.keys(topics).sort()).toEqual(Object.keys(topicLayouts).sort())
  expect(Object.keys(queues).sort()).toEqual(Object.values(knownQueues).sort())

  const { url, username, password } = testEngines().elasticsearch
  const namespace = uniqueNamespace()
  const log = { info: () => undefined, warn: () => undefined }
  await provisionElasticsearch({ url, username, password, namespace, log })
  const client = new Client({ node: url, auth: { username, password } })
  const { index_templates: templates } = await client.indices.getIndexTemplate({ name: `${namespace}*` })
  const prefix = aliasName(namespace).replace('telemetry', '')
  expect(templates.map(({ name }) => name.replace(prefix, '')).sort()).toEqual(Object.keys(indices).sort())
  await client.indices.deleteIndexTemplate({ name: `${namespace}*` })
  await client.close()
})

test('each kind of file in an export comes from a store, and each store that is exported has its files', () => {
  const all = [tables, topics, indices, queues].flatMap((stores) => Object.values(stores))
  const exported = new Set(all.flatMap((store) => ('exportedAs' in store ? [store.exportedAs] : [])))
  expect([...exported].sort()).toEqual([...recordKinds, 'quarantine', 'rides', 'telemetry'].sort())
})

test('a topic that ages has an end, and one that follows is compacted', () => {
  const settings = Object.entries(topics).map(([topic, holding]) => {
    const { config } = topicLayouts[topic as keyof typeof topics]
    return {
      topic,
      erased: 'erased' in holding ? holding.erased : undefined,
      config: new Map(Object.entries(config)),
    }
  })
  const wrong = settings.filter(({ erased, config }) => {
    const hasEnd = Number(config.get('retention.ms') ?? -1) > 0
    return (
      (erased === 'ages' && !hasEnd) || (erased === 'follows' && config.get('cleanup.policy') !== 'compact')
    )
  })
  expect(wrong).toEqual([])
})
