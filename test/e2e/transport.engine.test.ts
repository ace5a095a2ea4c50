// Engines with TLS and passwords, as `npm run stack -- up --secure` starts them, and on them a platform whose services have accounts of
// their own. Each engine refuses who shows the wrong thing or wants what is another's, and clients refuse an engine that shows it.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import { connect } from 'amqplib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectModule,
  type ModuleMaker,
  makeModule,
  type TestModule,
} from '../../core/devices/gatekeeper/testing/modules.ts'
import { createClient, ping } from '../../core/engines/elasticsearch/client.ts'
import {
  createTelemetryReader,
  createTelemetryWriter,
  provisionElasticsearch,
} from '../../core/engines/elasticsearch/index.ts'
import { createResearchCopy } from '../../core/engines/elasticsearch/research-copy.ts'
import { createResearchReader } from '../../core/engines/elasticsearch/research-reader.ts'
import { createRideSamples } from '../../core/engines/elasticsearch/ride-samples.ts'
import {
  clientOptions,
  clusterOf,
  explain,
  type KafkaCluster,
  type KafkaSecurity,
  kafkaSettings,
} from '../../core/engines/kafka/client.ts'
import { createProducer } from '../../core/engines/kafka/producer.ts'
import { readTopic } from '../../core/engines/kafka/read-topic.ts'
import { ensureTopics } from '../../core/engines/kafka/topics.ts'
import { connectPostgres } from '../../core/engines/postgres/client/connect.ts'
import { listenTo } from '../../core/engines/postgres/client/notifications.ts'
import { createDeviceStore } from '../../core/engines/postgres/devices/device-store.ts'
import { takeTls } from '../../core/engines/rabbitmq/link.ts'
import { createManagement } from '../../core/engines/rabbitmq/management.ts'
import { createPublisher } from '../../core/engines/rabbitmq/publisher.ts'
import { commandsKey, queues, telemetryKey } from '../../core/engines/rabbitmq/topology.ts'
import { brokerAccounts } from '../../core/provision/broker-accounts.ts'
import { kafkaAccounts } from '../../core/provision/kafka-access.ts'
import { environmentOf, readConfig, type Setting } from '../../core/runtime/config.ts'
import { services } from '../../core/services.ts'
import { type Topic, topicLayouts, topicName } from '../../core/topics.ts'
import { type EngineTls, makeEngineTls } from '../../infra/local/engine-certificates.ts'
import { servicePassword } from '../../infra/local/engines/elasticsearch-config.ts'
import { type RunningEngines, startEngines, toStderr } from '../../infra/local/index.ts'
import { pythonWith } from '../../infra/local/python.ts'
import { writeTrack } from '../../proto/index.ts'
import { authorityFolder } from '../../testkit/enrol.ts'
import { elasticsearchOf } from '../../testkit/environment.ts'
import { untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'
import { makeReader } from '../../testkit/reader-account.ts'

const startWithinMs = 600_000
const log = pino({ level: 'silent' })

let dataDir: string
let engines: RunningEngines
let platform: TestPlatform
let rider: Rider
let maker: ModuleMaker
let module: TestModule
let stranger: EngineTls

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'transport-'))
  engines = await startEngines({
    ...{ dataDir, environment: {} },
    ...{ secure: true, temporary: true, onProgress: () => undefined },
  })
  platform = await openTestPlatform({
    ...{ engines: engines.env, together: true, secure: true, onProgress: () => undefined },
  })
  rider = await platform.newRider({ bikes: 1, consents: true })
  const store = createDeviceStore(platform.sql)
  maker = { mqttUrl: engines.env.MQTT_URL ?? '', authority: await authorityFolder(engines.env), store }
  module = await makeModule(maker, { bikeId: rider.bikeIds[0] as string })
  stranger = await makeEngineTls(join(dataDir, 'stranger'))
}, startWithinMs)

afterAll(async () => {
  await platform?.close()
  await engines?.stop()
  await rm(dataDir, { recursive: true, force: true })
}, startWithinMs)

/** Whatever a service alone is told, such as its accounts. */
const own = (service: string) => environmentOf(service, platform.env)
const kafkaAs = (service: string): KafkaCluster => clusterOf(readConfig(kafkaSettings, own(service)))
const books = (samples: number) => ({
  ...{ 'normalize clean': samples, 'search stored': samples },
  ...{ 'latest merged': samples, 'analytics delivered': samples },
})

test('an upload and a message of a module arrive in the books', { timeout: startWithinMs }, async () => {
  const [bikeId = ''] = rider.bikeIds
  const ride = { bikeId, startMs: Date.now() - 600_000 }
  await platform.upload(rider, [rideTrack({ ...ride, recorderId: randomUUID(), samples: 60 })])
  const client = await connectModule(maker, module)
  const startMs = Date.now() - 60_000
  const told = writeTrack(rideTrack({ ...ride, startMs, recorderId: module.deviceId, samples: 10 }))
  await client.publishAsync(`bikes/${bikeId}/telemetry/ride`, Buffer.from(told), { qos: 1 })
  await client.endAsync()
  await untilBooked(platform, rider, { books: books(60), withinMs: 240_000 })
  const sender = { ...rider, riderId: `bike:${bikeId}` }
  await untilBooked(platform, sender, { books: books(10), withinMs: 240_000 })
})

interface Approach {
  readonly host?: string | undefined
  /** File of who signs, as the client believes. */
  readonly authorityFile?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

type Settings = ReturnType<typeof environmentOf>

interface Door {
  /** Whoever has it has an account. */
  readonly setting: Setting
  /** Whose account shows that the right things are answered; the operator's where none is named. */
  readonly service?: string
  /** Asks the engine once as these settings say, but for the approach, as the platform's own client; rejects when it gets no answer. */
  readonly ask: (settings: Settings, approach: Approach) => Promise<unknown>
}

const doors: Record<string, Door> = {
  Kafka: {
    setting: 'KAFKA_USERNAME',
    async ask(settings, { host = '127.0.0.1', authorityFile, username, password }) {
      const { brokers, security } = clusterOf(readConfig(kafkaSettings, settings))
      if (security === undefined) throw new Error('Kafka has no TLS')
      const cluster: KafkaCluster = {
        brokers: brokers.map((broker) => broker.replace('127.0.0.1', host)),
        security: {
          ...security,
          ...(authorityFile && { ca: await readFile(authorityFile, 'utf8') }),
          ...(username && { username }),
          ...(password && { password: () => password }),
        },
      }
      await ensureTopics({ ...cluster, namespace: 'transport' })
    },
  },
  PostgreSQL: {
    setting: 'DATABASE_URL',
    ask: ({ DATABASE_URL }, approach) => selectOne(changed(DATABASE_URL, 'sslrootcert', approach).href),
  },
  Elasticsearch: {
    setting: 'ELASTICSEARCH_USERNAME',
    async ask(settings, { host = '127.0.0.1', authorityFile, username, password }) {
      const known = elasticsearchOf(settings)
      const url = known.url.replace('127.0.0.1', host)
      const ca = authorityFile ? await readFile(authorityFile, 'utf8') : (known.ca ?? '')
      await askElasticsearch({
        ...known,
        url,
        ca,
        ...(username && { username }),
        ...(password && { password }),
      })
    },
  },
  RabbitMQ: {
    setting: 'AMQP_URL',
    service: 'devices',
    ask: ({ AMQP_URL }, approach) => login(changed(AMQP_URL, 'cacertfile', approach)),
  },
  'The management of RabbitMQ': {
    setting: 'RABBITMQ_MANAGEMENT_URL',
    service: 'devices',
    async ask({ RABBITMQ_MANAGEMENT_URL }, approach) {
      const managementUrl = changed(RABBITMQ_MANAGEMENT_URL, 'cacertfile', approach).href
      await createManagement({ managementUrl }).ask({ path: 'overview' })
    },
  },
}

function changed(given: string | undefined, authority: string, approach: Approach): URL {
  const { host, authorityFile, username, password } = approach
  const url = new URL(given ?? '')
  if (host) url.hostname = host
  if (username) url.username = username
  if (password) url.password = password
  if (authorityFile) url.searchParams.set(authority, authorityFile)
  return url
}

async function login(url: URL): Promise<void> {
  const tls = takeTls(url)
  const connection = await connect(url.href, { ...tls, timeout: 10_000 })
  await connection.close()
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

const notAuthenticated = /authenticat|not_authori/i

describe.each(Object.entries(doors))('%s', (_, { setting, service, ask }) => {
  const as = (approach: Approach) => reason(ask(service ? own(service) : engines.env, approach))

  test('answers who shows and sees the right things', async () => {
    expect(await as({})).toBe('answered')
  })

  test('is refused when somebody else has signed its certificate', async () => {
    expect(await as({ authorityFile: stranger.authorityFile })).toMatch(/certificate/)
  })

  test('is refused under a name that is not in its certificate', async () => {
    expect(await as({ host: '0.0.0.0' })).toMatch(/altnames|does not match/)
  })

  test('refuses the wrong password', async () => {
    expect(await as({ password: 'guessed' })).toMatch(notAuthenticated)
  })

  test('refuses a name of nobody', async () => {
    expect(await as({ username: 'nobody' })).toMatch(notAuthenticated)
  })

  const users = services.filter(({ settings }) => (settings as readonly Setting[]).includes(setting))
  test.each(users)('refuses $name with the wrong password', async ({ name }) => {
    expect(await reason(ask(own(name), { password: 'guessed' }))).toMatch(notAuthenticated)
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
    const copy = createResearchCopy(as('research-copy'))
    const document = { '@timestamp': fromMs, subject: '0a', person: '0b', recorder: '0c', kind: 'ride' }
    const body = Buffer.from(`{"create":{}}\n${JSON.stringify(document)}\n`)
    await copy.makePartition(partition)
    await copy.create(partition, { body, documents: 1 })
    await copy.refresh()
    const research = createResearchReader(as('research-gateway'))
    expect(await research.search([{ group: 'ride' }], {})).toMatchObject({ hits: { total: { value: 1 } } })
    await Promise.all([research.ping(), research.close()])
    expect(await copy.deleteAll(['0b'], new AbortController().signal)).toBe(1)
    await copy.refresh()
    expect(await copy.count(['0b'])).toBe(0)
    await Promise.all([copy.ping(), copy.close()])
    // Once with a month of the copy, whose fields it adds to.
    await provisionElasticsearch(as('provision'))
  })

  test.each([
    ['research-copy', 'GET', 'users-telemetry/_search'],
    ['research-copy', 'DELETE', 'users-research-ride-2026.10'],
    ['research-gateway', 'GET', 'users-telemetry/_search'],
    ['research-gateway', 'DELETE', 'users-research-ride-2026.10'],
    ['search', 'GET', 'users-research-ride-2026.10/_search'],
    ['api', 'GET', 'users-research-ride-2026.10/_search'],
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

describe('RabbitMQ does not answer', () => {
  test('in plain text', async () => {
    const { host, username, password } = new URL(own('devices').AMQP_URL ?? '')
    expect(await reason(login(new URL(`amqp://${username}:${password}@${host}`)))).not.toBe('answered')
  })

  test('who shows no certificate', async () => {
    const url = new URL(own('devices').AMQP_URL ?? '')
    for (const name of ['certfile', 'keyfile']) url.searchParams.delete(name)
    expect(await reason(login(url))).not.toBe('answered')
  })

  test('who shows a certificate that somebody else has signed', async () => {
    const url = new URL(own('devices').AMQP_URL ?? '')
    url.searchParams.set('certfile', stranger.client.certificateFile)
    url.searchParams.set('keyfile', stranger.client.keyFile)
    expect(await reason(login(url))).not.toBe('answered')
  })
})

const topics = Object.keys(topicLayouts) as Topic[]
/** Neither these: one that the account uses in the other way, and one that it does not use at all. */
const foreign = (places: readonly string[], others: readonly string[]): Topic[] => [
  ...topics.filter((topic) => others.includes(topic) && !places.includes(topic)).slice(0, 1),
  ...topics.filter((topic) => !others.includes(topic) && !places.includes(topic)).slice(0, 1),
]

describe.each(kafkaAccounts)('$name in Kafka', ({ name, reads, writes }) => {
  test('reads no topic that is not its own', { timeout: startWithinMs }, async () => {
    for (const topic of foreign(reads, writes).filter(
      (each) => !(writes as readonly string[]).includes(each),
    )) {
      const reading = readTopic({ ...kafkaAs(name), topic: topicName(platform.namespace, topic) })
      expect(await reason(reading.next()), topic).toMatch(/authoriz/i)
    }
  })

  test('writes no topic that is not its own', { timeout: startWithinMs }, async () => {
    const producer = createProducer({ ...kafkaAs(name), name, log })
    try {
      for (const topic of foreign(writes, reads)) {
        const record = { key: Buffer.of(1), value: Buffer.of(1) }
        const sent = producer.send([{ ...record, topic: topicName(platform.namespace, topic) }])
        expect(await reason(sent), topic).toMatch(/authoriz/i)
      }
    } finally {
      await producer.close()
    }
  })
})

test('a reader of the research stream does with the rights of the guide all that it must, and reads nothing else', {
  timeout: startWithinMs,
}, async () => {
  const example = join(import.meta.dirname, '../../docs/examples/research-stream')
  const requirements = join(example, 'requirements.txt')
  const python = await pythonWith({ name: 'research', requirements, onProgress: toStderr })
  const { namespace } = platform
  const [name, password] = [`mine-${randomUUID()}`, randomUUID()]
  const operator = clusterOf(readConfig(kafkaSettings, engines.env))
  await makeReader(operator, { name, password, namespace })
  const admin = new Admin(clientOptions({ ...operator, name: 'test' }))
  await admin.createTopics({ topics: [`${name}.windows`], partitions: 1 }).finally(() => admin.close())
  const passwordFile = join(dataDir, 'reader-password')
  await writeFile(passwordFile, password)
  const { KAFKA_BROKERS, KAFKA_CA_FILE } = engines.env
  const settings = { KAFKA_BROKERS, KAFKA_CA_FILE, KAFKA_USERNAME: name, KAFKA_PASSWORD_FILE: passwordFile }
  const own = ['--group', name, '--instance', '1', '--out', `${name}.windows`, '--state', join(dataDir, name)]
  const app = spawn(python, [join(example, 'windows.py'), ...own], {
    env: { PATH: process.env.PATH, NAMESPACE: namespace, ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = once(app, 'exit')
  try {
    const ride = { bikeId: rider.bikeIds[0] as string, recorderId: randomUUID(), samples: 300 }
    await platform.upload(rider, [rideTrack({ ...ride, startMs: Date.now() - 3_600_000 })])
    const firstWindow = async () => {
      const { value } = await readTopic({ ...operator, topic: `${name}.windows` }).next()
      return value && JSON.parse(String(value.value))
    }
    const patience = { interval: 500 }
    await expect.poll(firstWindow, patience).toMatchObject({ samples: expect.any(Number) })
  } finally {
    app.kill('SIGKILL')
    await gone
  }
  const security = { ...(operator.security as KafkaSecurity), username: name, password: () => password }
  for (const topic of ['telemetry.raw', 'telemetry.clean', 'bike.entity', 'ride.entity'] as const) {
    const reading = readTopic({ ...operator, security, topic: topicName(namespace, topic) })
    expect(await reason(reading.next()), topic).toMatch(/authoriz/i)
  }
})

describe.each(Object.entries(brokerAccounts))('%s in RabbitMQ', (service, { amqp }) => {
  test('takes from no queue that is not its own', { timeout: startWithinMs }, async () => {
    const readable = new RegExp(amqp.rights?.read ?? '^$')
    const url = new URL(own(service).AMQP_URL ?? '')
    const tls = takeTls(url)
    const connection = await connect(url.href, tls)
    try {
      for (const queue of Object.values(queues).filter((each) => !readable.test(each))) {
        const channel = await connection.createChannel()
        channel.on('error', () => undefined)
        expect(await reason(channel.get(queue)), queue).toMatch(/ACCESS_REFUSED/)
      }
    } finally {
      await connection.close()
    }
  })

  test('publishes nothing that is not its own', { timeout: startWithinMs }, async () => {
    const publishable = new RegExp(amqp.publishes ?? '^$')
    const publisher = createPublisher({ url: own(service).AMQP_URL ?? '', name: service, log })
    try {
      for (const routingKey of [telemetryKey(module.bikeId, 'ride'), commandsKey(module.bikeId)])
        if (!publishable.test(routingKey))
          await expect(publisher.publish([{ routingKey, body: Buffer.of(1) }]), routingKey).rejects.toThrow()
    } finally {
      await publisher.close()
    }
  })

  test('purges no queue of the platform by the management API', async () => {
    const management = createManagement({ managementUrl: own(service).RABBITMQ_MANAGEMENT_URL ?? '' })
    const purge = { method: 'DELETE', path: `queues/%2F/${queues.ride}/contents` } as const
    expect(await reason(management.ask(purge))).toMatch(/401/)
  })
})

describe('on the port of the bikes', () => {
  test.each([
    ['the administrator', () => engines.env.RABBITMQ_MANAGEMENT_URL],
    ['the administrator who ends connections', () => own('presence').RABBITMQ_MANAGEMENT_URL],
  ])('%s is not let in with the certificate of a module', async (_, url) => {
    const { username, password } = new URL(url() ?? '')
    await expect(connectModule(maker, module, { username, password })).rejects.toThrow('Not authorized')
  })

  test('a service is not let in with its own certificate', async () => {
    const { cert, key } = takeTls(new URL(own('devices').AMQP_URL ?? ''))
    const shown = { ...module, tls: { ...module.tls, ...(cert && { cert }), ...(key && { key }) } }
    await expect(connectModule(maker, shown)).rejects.toThrow()
  })
})
