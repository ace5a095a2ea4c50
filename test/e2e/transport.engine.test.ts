// Engines with TLS and passwords: each refuses who shows the wrong thing, and the platform's own clients refuse an engine that does.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, ping } from '../../core/engines/elasticsearch/client.ts'
import {
  createTelemetryReader,
  createTelemetryWriter,
  provisionElasticsearch,
} from '../../core/engines/elasticsearch/index.ts'
import { createRideSamples } from '../../core/engines/elasticsearch/ride-samples.ts'
import { clusterOf, explain, type KafkaCluster, kafkaSettings } from '../../core/engines/kafka/client.ts'
import { ensureTopics } from '../../core/engines/kafka/topics.ts'
import { connectPostgres } from '../../core/engines/postgres/client/connect.ts'
import { listenTo } from '../../core/engines/postgres/client/notifications.ts'
import { readConfig } from '../../core/runtime/config.ts'
import { makeEngineTls } from '../../infra/local/engine-certificates.ts'
import { servicePassword } from '../../infra/local/engines/elasticsearch-config.ts'
import { type RunningEngines, startEngines } from '../../infra/local/index.ts'
import { elasticsearchOf } from '../../testkit/environment.ts'

const startWithinMs = 300_000

let dataDir: string
let engines: RunningEngines
let strangerFile: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'transport-'))
  engines = await startEngines({
    ...{ engines: ['kafka', 'elasticsearch', 'postgres'], dataDir, environment: {} },
    ...{ secure: true, temporary: true, onProgress: () => undefined },
  })
  strangerFile = (await makeEngineTls(join(dataDir, 'stranger'))).authorityFile
}, startWithinMs)

afterAll(async () => {
  await engines?.stop()
  await rm(dataDir, { recursive: true, force: true })
}, startWithinMs)

interface Approach {
  readonly host?: string
  /** File of who signs, as the client believes. */
  readonly authorityFile?: string
  readonly password?: string
}

/** Each asks the engine once, as the platform's own client, and rejects when it gets no answer. */
const approaches: Record<string, (approach: Approach) => Promise<unknown>> = {
  async Kafka({ host = '127.0.0.1', authorityFile, password }) {
    const { brokers, security } = clusterOf(readConfig(kafkaSettings, engines.env))
    if (security === undefined) throw new Error('Kafka has no TLS')
    const cluster: KafkaCluster = {
      brokers: brokers.map((broker) => broker.replace('127.0.0.1', host)),
      security: {
        ...security,
        ...(authorityFile && { ca: await readFile(authorityFile, 'utf8') }),
        ...(password && { password: () => password }),
      },
    }
    await ensureTopics({ ...cluster, namespace: 'transport' })
  },
  async PostgreSQL({ host = '127.0.0.1', authorityFile, password }) {
    const url = new URL(engines.env.DATABASE_URL ?? '')
    url.hostname = host
    if (password) url.password = password
    if (authorityFile) url.searchParams.set('sslrootcert', authorityFile)
    await selectOne(url.href)
  },
  async Elasticsearch({ host = '127.0.0.1', authorityFile, password }) {
    const known = elasticsearchOf(engines.env)
    const url = known.url.replace('127.0.0.1', host)
    const ca = authorityFile ? await readFile(authorityFile, 'utf8') : (known.ca ?? '')
    await askElasticsearch({ ...known, url, ca, ...(password && { password }) })
  },
}

async function selectOne(url: string): Promise<void> {
  const sql = connectPostgres({ url, name: 'test', maxConnections: 1 })
  try {
    await sql`select 1`
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function askElasticsearch(
  address: Omit<Parameters<typeof createClient>[0], 'namespace'>,
): Promise<void> {
  const client = createClient({ ...address, namespace: '' })
  try {
    await ping(client)
  } finally {
    await client.close()
  }
}

const reason = (asking: Promise<unknown>): Promise<string> => asking.then(() => 'answered', explain)

describe.each(Object.entries(approaches))('%s', (_, approach) => {
  test('answers who shows and sees the right things', async () => {
    expect(await reason(approach({}))).toBe('answered')
  })

  test('is refused when somebody else has signed its certificate', async () => {
    expect(await reason(approach({ authorityFile: strangerFile }))).toMatch(/certificate/)
  })

  test('is refused under a name that is not in its certificate', async () => {
    expect(await reason(approach({ host: 'localhost' }))).toMatch(/altnames|does not match/)
  })

  test('refuses the wrong password', async () => {
    expect(await reason(approach({ password: 'guessed' }))).toMatch(/authenticat/i)
  })
})

test('PostgreSQL notifies who listens by TLS', async () => {
  const url = engines.env.DATABASE_URL ?? ''
  const notifications = listenTo({ url, name: 'test', channel: 'changes' })
  // A watch is raised as soon as its connection listens.
  const raised = notifications.watch().next(50_000, new AbortController().signal)
  const late = delay(40_000, 'nothing heard', { ref: false })
  expect(await Promise.race([raised.then(() => 'listens'), late])).toBe('listens')
  await notifications.close()
})

describe('users of Elasticsearch', () => {
  const fromMs = Date.UTC(2026, 9)
  const partition = { group: 'ride', fromMs, toMs: Date.UTC(2026, 10) } as const
  const index = 'users-telemetry-ride-2026.10'
  const sample = {
    ...{ '@timestamp': fromMs, bike_id: 'a-bike', recorder_id: 'a-recorder', kind: 'ride' },
    ...{ track_id: 'a-track', rider_id: 'ada', received_at: fromMs, clock_rule: 'none', clock_offset_ms: 0 },
  }
  const log = { info: () => undefined, warn: () => undefined }
  const as = (username: string) => {
    const { password, ...known } = elasticsearchOf(engines.env)
    return { ...known, username, password: servicePassword(password, username), namespace: 'users', log }
  }

  /** The status of the answer. */
  async function asked(options: Parameters<typeof createClient>[0], method: string, path: string) {
    const client = createClient(options)
    const document = path.includes('_template') ? { index_patterns: ['x'] } : sample
    const more = method === 'PUT' ? { body: document } : {}
    const answered = client.transport.request({ method, path, ...more }, { meta: true, ignore: [401, 403] })
    return (await answered.finally(() => client.close())).statusCode
  }

  beforeAll(async () => {
    await provisionElasticsearch(as('provision'))
    const writer = createTelemetryWriter(as('search'))
    await writer.makePartition(partition)
    const [made = ''] = await writer.generations(partition)
    const body = Buffer.from(`{"create":{}}\n${JSON.stringify(sample)}\n`)
    await writer.create(made, { body, documents: 1 })
    await writer.addSibling(partition, [made])
    await writer.close()
  })

  test('do the work of their services', async () => {
    await provisionElasticsearch(as('provision'))
    const reader = createTelemetryReader(as('api'))
    const page = await reader.readSamples({ bikeId: 'a-bike', fromMs, toMs: fromMs + 1, limit: 10 })
    expect(page.samples).toHaveLength(1)
    await Promise.all([reader.ping(), reader.close()])
    const rides = createRideSamples(as('rides'))
    expect(await rides.count({ bikeId: 'a-bike', fromMs, untilMs: fromMs + 1 }, ['a-track'])).toBe(1)
    await Promise.all([rides.ping(), rides.close()])
    const writer = createTelemetryWriter(as('search'))
    expect(await writer.siblingFacts(index, `${index}-s1`)).toMatchObject({ isPredecessorClosed: true })
    await Promise.all([writer.ping(), writer.close()])
  })

  test.each([
    ['search', 'DELETE', index],
    ['search', 'PUT', 'others/_create/1'],
    ['search', 'GET', 'others/_search'],
    ['search', 'PUT', '_index_template/x'],
    ['rides', 'PUT', `${index}-s1/_create/1`],
    ['api', 'PUT', `${index}-s1/_create/1`],
    ['api', 'DELETE', index],
    ['api', 'GET', '_security/user'],
    ['provision', 'GET', 'users-telemetry/_search'],
    ['provision', 'DELETE', index],
  ])('%s is refused: %s %s', async (user, method, path) => {
    expect(await asked(as(user), method, `/${path}`)).toBe(403)
  })

  test.each([
    ['a wrong password', 'api', 'guessed'],
    ['a name that is none', 'nobody', 'guessed'],
  ])('are refused with %s', async (_, username, password) => {
    expect(await asked({ ...as(username), password }, 'GET', '/users-telemetry/_search')).toBe(401)
  })
})

describe('in plain text', () => {
  test('Kafka does not answer', async () => {
    const { brokers } = clusterOf(readConfig(kafkaSettings, engines.env))
    expect(await reason(ensureTopics({ brokers, namespace: 'transport' }))).not.toBe('answered')
  })

  test('PostgreSQL does not answer', async () => {
    const url = (engines.env.DATABASE_URL ?? '').replace(/\?.*/, '')
    expect(await reason(selectOne(url))).toMatch(/no pg_hba.conf entry .* no encryption/)
  })

  test('Elasticsearch does not answer', async () => {
    const { url, username, password } = elasticsearchOf(engines.env)
    const plain = { url: url.replace('https:', 'http:'), username, password }
    expect(await reason(askElasticsearch(plain))).not.toBe('answered')
  })
})
