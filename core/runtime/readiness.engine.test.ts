// Every worker with a database says so when it is away, also while there is no work. The API and the console stay ready while they answer
// in part.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
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
  await expect.poll(readiness).toMatch(/^PostgreSQL: .*ECONNREFUSED/)
  expect(await worker.end('SIGTERM')).toBe(0)
})

test('the API answers without Elasticsearch, is ready and says without whom; the console without the API', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const sealKey = join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(sealKey, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const nobody = 'http://127.0.0.1:9'
  const api = await startServiceProcess('api', {
    ...{ ...env, DATABASE_URL: testEngines().databaseUrl, STATEMENT_SEAL_KEY_FILE: sealKey },
    ...{ ELASTICSEARCH_URL: nobody, ELASTICSEARCH_USERNAME: 'e', ELASTICSEARCH_PASSWORD: 'e' },
    ...{ JWKS_URL: `${nobody}/jwks`, JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'mobility' },
  })
  const console = await startServiceProcess('console', {
    ...{ API_URL: nobody, CONSOLE_URL: nobody, OIDC_ISSUER_URL: nobody, OIDC_CLIENT_ID: 'console' },
    ...{ OIDC_CLIENT_SECRET: 'secret', CONSOLE_SESSION_SECRET: 'a secret of the tests, long enough' },
  })
  await expect.poll(api.ready).toMatchObject({
    status: 200,
    text: expect.stringMatching(/^ready, without Elasticsearch: .*ECONNREFUSED/),
  })
  await expect
    .poll(console.ready)
    .toMatchObject({ status: 200, text: expect.stringMatching(/^ready, without API: ./) })
  expect(await Promise.all([api.end('SIGTERM'), console.end('SIGTERM')])).toEqual([0, 0])
})
