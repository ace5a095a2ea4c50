// Each service of the wing can be put together without an engine, and frees what it opened.
import { pino } from 'pino'
import type { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import type { Config } from '../runtime/config.ts'
import type { CommonSetting, Scope } from '../runtime/service.ts'
import { groupName, topicName } from '../topics.ts'
import { createService as latest } from './latest/service.ts'
import { createService as ledger } from './ledger/service.ts'
import { createService as normalize } from './normalize/service.ts'
import { createService as quarantine } from './quarantine/service.ts'
import { createService as search } from './search/service.ts'

const config = {
  ...{ NAMESPACE: 'n', HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'silent' },
  ...{ KAFKA_BROKERS: ['127.0.0.1:1'], DATABASE_URL: 'postgres://127.0.0.1:1/none' },
  TOMBSTONE_KEY_FILE: import.meta.filename,
  ...{ ELASTICSEARCH_URL: 'http://127.0.0.1:1', ELASTICSEARCH_USERNAME: '', ELASTICSEARCH_PASSWORD: '' },
}

test.each([
  ['latest', latest, 'PostgreSQL', { clients: 3, loops: 1 }],
  ['ledger', ledger, 'PostgreSQL', { clients: 2, loops: 2 }],
  ['normalize', normalize, 'PostgreSQL', { clients: 3, loops: 1 }],
  ['quarantine', quarantine, 'PostgreSQL', { clients: 3, loops: 2 }],
  ['search', search, 'Elasticsearch,PostgreSQL', { clients: 4, loops: 2 }],
] as const)('%s', async (name, createService, engine, has) => {
  const frees: (() => Promise<unknown>)[] = []
  const watched: string[] = []
  const served: string[] = []
  const registries: Registry[] = []
  const scope: Scope<never> = {
    ...{ name, config: config as unknown as Config<CommonSetting>, log: pino({ level: 'silent' }) },
    ...{ group: groupName('n', name), stopping: new AbortController().signal },
    topic: (topic) => topicName('n', topic),
    onClose: (free) => void frees.push(free),
    watch: (what) => void watched.push(what),
    onReadiness: (what) => void served.push(what),
    expose: (registry) => void registries.push(registry),
  }
  const { loops, fetch } = createService(scope as never)
  expect(loops).toHaveLength(has.loops)
  expect(fetch).toBeUndefined()
  expect(watched.join()).toBe(engine)
  expect(served).toEqual(['Kafka'])
  expect(registries).toHaveLength(1)
  expect(frees).toHaveLength(has.clients)
  for (const free of frees) await free()
})
