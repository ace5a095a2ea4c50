// The notebook that researchers copy, by the real clients: a key is touched for it, and the ride in its table is that of the copy.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../../../core/api/app.ts'
import { createApiMetrics } from '../../../core/api/metrics.ts'
import { authenticateByName } from '../../../core/api/testing/callers.ts'
import { createTestStores } from '../../../core/api/testing/stores.ts'
import { dropTelemetry, provisionElasticsearch } from '../../../core/engines/elasticsearch/provision.ts'
import { createResearchCopy } from '../../../core/engines/elasticsearch/research-copy.ts'
import { createResearchReader } from '../../../core/engines/elasticsearch/research-reader.ts'
import { createAccessStore } from '../../../core/engines/postgres/research/access-store.ts'
import { createConsentGate } from '../../../core/engines/postgres/research/copy-store.ts'
import {
  createBudgets,
  createQueryLog,
  hiddenPersons,
} from '../../../core/engines/postgres/research/gateway-store.ts'
import { createResearchAccess } from '../../../core/research/access/access.ts'
import { invitationSha256 } from '../../../core/research/access/rules.ts'
import { researcherOf } from '../../../core/research/access/sessions.ts'
import { createMaker, createSoftwareKey } from '../../../core/research/access/testing/software-key.ts'
import { createGateway } from '../../../core/research/gateway/app.ts'
import { firstHash, hashOf } from '../../../core/research/gateway/audit.ts'
import { createGatewayMetrics } from '../../../core/research/gateway/metrics.ts'
import { toStderr } from '../../../infra/local/index.ts'
import { pythonWith } from '../../../infra/local/python.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'

const origin = 'http://localhost:8080'
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const options = { ...testEngines().elasticsearch, namespace: uniqueNamespace(), log }
const copy = createResearchCopy(options)
const reader = createResearchReader(options)
const undo: (() => unknown)[] = []
let database: TestDatabase
let python: string

const [subject, person] = ['a'.repeat(32), 'b'.repeat(32)]
const beganMs = Date.UTC(2026, 0, 10, 8)
/** A ride of 250 samples, and another one an hour later. */
const samples = Array.from({ length: 300 }, (_, i) => ({
  '@timestamp': beganMs + i * 1_000 + (i < 250 ? 0 : 3_600_000),
  ...{ subject, person, recorder: '0c', kind: 'ride', speed_kmh_e3: 15_000 + 40 * i },
}))

beforeAll(async () => {
  python = await pythonWith({
    name: 'research-notebook',
    requirements: join(import.meta.dirname, 'requirements.txt'),
    onProgress: toStderr,
  })
  database = await createTestDatabase()
  await provisionElasticsearch(options)
  const month = { group: 'ride', fromMs: Date.UTC(2026, 0), toMs: Date.UTC(2026, 1) } as const
  await copy.makePartition(month)
  const lines = samples.map((sample) => `{"create":{}}\n${JSON.stringify(sample)}\n`)
  await copy.create(month, { body: Buffer.from(lines.join('')), documents: samples.length })
  await copy.refresh()
  await database.sql`insert into research_keys ${database.sql({ rider_id: 'anna', key: person.repeat(2), person })}`
})
afterAll(async () => {
  for (const each of undo) await each()
  await Promise.all([copy.close(), reader.close()])
  await dropTelemetry(options)
  await database.drop()
})

async function serve(app: { fetch(request: Request): Response | Promise<Response> }): Promise<string> {
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a touched key opens the research copy to a notebook, and the ride is a table', {
  timeout: 240_000,
}, async () => {
  const { sql } = database
  const maker = await createMaker()
  const store = createAccessStore(sql)
  const access = createResearchAccess({ store, policy: { origin, models: [maker.model] } })
  const challengeIn = (begun: object) => (begun as { options: { challenge: string } }).options.challenge
  const code = '0000-0000-0000-0000'
  await store.invite(
    { name: 'Ada' },
    { sha256: invitationSha256(code), invitedBy: 'test', validMs: 3_600_000 },
  )
  const key = createSoftwareKey()
  await access.register(key.register({ challenge: challengeIn(await access.beginRegistration(code)), maker }))

  const api = createApi({
    ...{ authenticate: authenticateByName, stores: createTestStores(sql, { researchers: access }), log },
    ...{ metrics: createApiMetrics(), stopping: new AbortController().signal },
  })
  const gateway = createGateway({
    ...{ reader, log, metrics: createGatewayMetrics(), budgets: createBudgets(sql) },
    identify: (token) => researcherOf(sql, token, new Date()),
    persons: { hidden: () => hiddenPersons(sql), ...createConsentGate(sql) },
    noiseKey: async () => 'a key',
    queries: createQueryLog(sql, { firstHash, hashOf }),
  })
  const notebook = spawn(
    python,
    [
      join(import.meta.dirname, 'notebook.py'),
      '--subject',
      subject,
      '--from',
      '2026-01-10T00:00:00Z',
      '--hours',
      '24',
    ],
    {
      env: { ...process.env, API_URL: await serve(api), GATEWAY_URL: await serve(gateway) },
      timeout: 200_000,
    },
  )
  let printed = ''
  notebook.stdout.on('data', (bytes: Buffer) => {
    printed += bytes
  })
  const said: string[] = []
  for await (const line of createInterface(notebook.stderr)) {
    said.push(line)
    const [, userCode] = /research\/device\?code=(\S+)/.exec(line) ?? []
    if (userCode === undefined) continue
    const challenge = challengeIn(await access.beginApproval(userCode))
    expect(await access.approve(key.signIn({ challenge }))).toMatchObject({ name: 'Ada' })
  }
  if (notebook.exitCode === null) await once(notebook, 'exit')
  expect([notebook.exitCode, said.slice(1)]).toEqual([0, []])
  const [mean, fastest] = [15 + (0.04 * 249) / 2, 15 + 0.04 * 249]
  expect(printed).toBe(
    `250 samples from 2026-01-10T08:00:00+00:00 on\nmean ${mean.toFixed(2)} km/h, fastest ${fastest.toFixed(2)} km/h\n`,
  )
})
