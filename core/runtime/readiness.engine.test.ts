// Every worker with a database says so when it is away, also while there is no work.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { startServiceProcess } from '../../testkit/service-process.ts'
import { deleteTopics, ensureTopics } from '../engines/kafka/topics.ts'

const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const env = {
  NAMESPACE: namespace,
  KAFKA_BROKERS: brokers.join(','),
  // Nobody listens there.
  DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing',
  ANALYTICS_PSEUDONYM_SECRET: 'a secret of the tests',
  STATEMENT_AUDIENCE: 'test',
}

beforeAll(() => ensureTopics({ brokers, namespace }))
afterAll(() => deleteTopics({ brokers, namespace }))

test.each([
  'analytics',
  'fleet',
  'gatekeeper',
  'latest',
  'ledger',
  'normalize',
  'quarantine',
  'witness',
] as const)('an idle %s without its database is not ready', async (name) => {
  const worker = await startServiceProcess(name, env)
  const readiness = async () => (await worker.ready()).text
  await expect.poll(readiness, { timeout: 20_000 }).toMatch(/^PostgreSQL: .*ECONNREFUSED/)
  expect(await worker.end('SIGTERM')).toBe(0)
})
