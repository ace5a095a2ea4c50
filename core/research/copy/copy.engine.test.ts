// The research copy on the real Kafka, Elasticsearch and PostgreSQL: nothing more and nothing less than who consents, and nothing
// after a withdrawal.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from '@elastic/elasticsearch'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kind, Track } from '../../../proto/index.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { testEngines } from '../../../testkit/engines.ts'
import { createTestBench, type TestBench } from '../../../testkit/research-stream.ts'
import { startServerProcess } from '../../../testkit/server-process.ts'
import { coreArgs } from '../../../testkit/service-process.ts'
import { dropTelemetry, provisionElasticsearch } from '../../engines/elasticsearch/provision.ts'
import { createResearchCopy } from '../../engines/elasticsearch/research-copy.ts'
import { researchPatterns } from '../../engines/elasticsearch/research-mapping.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import { createGroupPositions } from '../../engines/kafka/group-positions.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { createConsentGate, createPendingWithdrawals } from '../../engines/postgres/research/copy-store.ts'
import { createResearchConsentStore } from '../../engines/postgres/research/research-consent-store.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { grantConsent, withdrawConsent } from '../../riders/consent/consents.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { createWatch } from '../../runtime/watch.ts'
import { periodOf, recorderOf, subjectOf } from '../stream/pseudonym.ts'
import type { ResearchCopyStore } from './port.ts'
import { createCopyWorker, createForgetting } from './worker.ts'

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const patience = { timeout: 300_000, interval: 100 }
const january = Date.UTC(2026, 0, 31, 23, 59)
const { elasticsearch } = testEngines()
const client = new Client({ node: elasticsearch.url, auth: elasticsearch })
let bench: TestBench
let store: ReturnType<typeof createResearchCopy>
let options: Parameters<typeof provisionElasticsearch>[0]

beforeAll(async () => {
  bench = await createTestBench()
  options = { ...elasticsearch, namespace: bench.namespace, log }
  await provisionElasticsearch(options)
  store = createResearchCopy(options)
})
afterAll(async () => {
  await store.close()
  await dropTelemetry(options)
  await client.close()
  await bench.close()
})

/** Runs a worker of the copy in this process; `stop` as often as one likes. */
function startCopy(changes: { group?: string; create?: ResearchCopyStore['create'] } = {}) {
  const { group = `${bench.namespace}.research-copy`, create = store.create } = changes
  const stop = new AbortController()
  const consumer = createBatchConsumer({
    ...{ brokers: bench.brokers, group, topics: [bench.topics.research], log },
    limits: { maxRecords: 20, maxBytes: 512 * 1024 },
  })
  const worker = createCopyWorker({
    ...{ consumer, log, metrics: createWorkerMetrics('research-copy') },
    gate: createConsentGate(bench.sql),
    store: { create, makePartition: store.makePartition },
  })
  const running = worker.run(stop.signal)
  return {
    stop,
    async end() {
      stop.abort()
      await running
      await consumer.close()
    },
  }
}

const startService = () =>
  startServerProcess({
    args: coreArgs('research-copy'),
    env: {
      ...{ NAMESPACE: bench.namespace, PORT: '0', LOG_LEVEL: 'info' },
      ...{ KAFKA_BROKERS: bench.brokers.join(','), DATABASE_URL: bench.database.url },
      ELASTICSEARCH_URL: elasticsearch.url,
      ELASTICSEARCH_USERNAME: elasticsearch.username,
      ELASTICSEARCH_PASSWORD: elasticsearch.password,
    },
    startBoundMs: patience.timeout,
  })

async function untilPassed(group = `${bench.namespace}.research-copy`): Promise<void> {
  const positions = createGroupPositions({ brokers: bench.brokers, group, topic: bench.topics.research, log })
  try {
    const isPassed = async () => {
      const [ends, passed] = [await positions.ends(), await positions.passed()]
      return ends.every((end, partition) => (passed[partition] ?? -1n) >= end)
    }
    await expect.poll(isPassed, patience).toBe(true)
  } finally {
    await positions.close()
  }
}

type Document = Readonly<Record<string, string | number>>
const sorted = (documents: readonly Document[]) =>
  documents.map((one) => JSON.stringify(one, Object.keys(one).sort())).sort()

async function documents(): Promise<string[]> {
  await store.refresh()
  const { hits } = await client.search<Document>({ index: researchPatterns(bench.namespace), size: 10_000 })
  return sorted(hits.hits.map(({ _source = {} }) => _source))
}

interface Ride {
  readonly riderId: string
  readonly bikeId: string
  readonly recorderId: string
  readonly kind: Kind
  readonly speedKmh: number
}

const samplesOfRide = 120
const timesMs = Array.from({ length: samplesOfRide }, (_, i) => january + i * 1_000)
/** A ride over the end of a month, with places; or a battery. */
function trackOf({ bikeId, recorderId, kind, speedKmh }: Ride): Track {
  const all = (value: number) => timesMs.map(() => value)
  const columns: Track['columns'] =
    kind === 'ride'
      ? [
          { key: 'latitude_deg', values: all(473_768_870) },
          { key: 'longitude_deg', values: all(85_417_110) },
          {
            key: 'speed_kmh',
            values: timesMs.map((_, i) => (i % 7 === 0 ? Number.NaN : speedKmh * 1_000 + i)),
          },
        ]
      : [{ key: 'state_of_charge_pct', values: all(speedKmh) }]
  return { ...{ bikeId, recorderId, kind, timesMs, columns }, clock: { bootId: 0, clockEpoch: 0 } }
}

/** What the copy must hold of a ride, by hand. */
function expected({ bikeId, recorderId, kind, speedKmh }: Ride, key: string): Document[] {
  const names = { subject: subjectOf(key, bikeId), recorder: recorderOf(key, { bikeId, recorderId }), kind }
  return timesMs.map((timeMs, i) => ({
    ...{ ...names, person: periodOf(key).person, '@timestamp': new Date(timeMs).toISOString() },
    ...(kind === 'battery' && { state_of_charge_pct_e1: speedKmh }),
    ...(kind === 'ride' && i % 7 !== 0 && { speed_kmh_e3: speedKmh * 1_000 + i }),
  }))
}

const consent = (riderId: string) =>
  grantConsent(createConsentStore(bench.sql), {
    ...{ riderId, purpose: 'research', by: 'rider', from: new Date(january - 86_400_000) },
  })

test('the copy is who consents, sample by sample; who never did is in nothing, and no repetition adds a document', {
  timeout: 900_000,
}, async () => {
  const [annasBike, beasBike] = [randomUUID(), randomUUID()]
  const of = (riderId: string, bikeId: string, kind: Kind, speedKmh: number): Ride => ({
    ...{ riderId, bikeId, kind, speedKmh },
    recorderId: randomUUID(),
  })
  const rides = [
    // Two recorders of one bike tell of the same moments.
    of('anna', annasBike, 'ride', 20),
    of('anna', annasBike, 'ride', 21),
    of('anna', annasBike, 'battery', 700),
    of('bea', beasBike, 'ride', 25),
    of('bea', beasBike, 'battery', 800),
  ]
  const canary = of('carl', randomUUID(), 'ride', 199)
  await consent('anna')
  await consent('bea')
  await bench.send(
    [...rides, canary].map((ride) => storedRecord({ riderId: ride.riderId, track: trackOf(ride) })),
  )
  const analytics = bench.startWorker()
  await expect.poll(bench.progress, patience).toBe(rides.length + 1)
  await analytics.stop()
  // A stranger's record in the stream: its person has no key.
  const producer = createProducer({ brokers: bench.brokers, name: 'stranger', log })
  await producer.send([
    { topic: bench.topics.research, key: Buffer.from('e0'), value: researchTrack('e0'.repeat(16), 0, 10) },
  ])
  await producer.close()

  const keys = await bench.sql<
    { riderId: string; key: string }[]
  >`select rider_id as "riderId", key from research_keys`
  const keyOf = new Map(keys.map(({ riderId, key }) => [riderId, key]))
  expect([...keyOf.keys()].sort()).toEqual(['anna', 'bea'])
  const all = sorted(rides.flatMap((ride) => expected(ride, keyOf.get(ride.riderId) ?? '')))

  // Ends between the writing of its first bulk and the commit.
  const killed: ReturnType<typeof startCopy> = startCopy({
    async create(partition, bulk) {
      const answer = await store.create(partition, bulk)
      if (answer?.some(({ type }) => type === 'missing')) return answer
      killed.stop.abort()
      throw new Error('killed')
    },
  })
  await expect.poll(() => killed.stop.signal.aborted, patience).toBe(true)
  await killed.end()
  const partly = await documents()
  expect(partly.length).toBeGreaterThan(0)
  expect(partly.length).toBeLessThan(all.length)

  const service = await startService()
  try {
    await untilPassed()
  } finally {
    service.kill('SIGKILL')
    await service.ended
  }
  expect(await documents()).toEqual(all)

  const again = startCopy({ group: `${bench.namespace}.again` })
  await untilPassed(`${bench.namespace}.again`)
  await again.end()
  expect(await documents()).toEqual(all)
})

/** A record of the stream with so many samples, a second apart from `fromMs` after the month's begin. */
function researchTrack(person: string, fromS: number, samples: number): Buffer {
  const seconds = Array.from({ length: samples }, (_, i) => fromS + i)
  return Buffer.from(
    JSON.stringify({
      ...{ subject: person, person, recorder: '01', kind: 'ride' },
      time_ms: seconds.map((second) => january + second * 1_000),
      metrics: { speed_kmh: seconds.map(() => 20), odometer_m: seconds.map((second) => second * 6) },
    }),
  )
}

test('a withdrawal deletes 100,000 samples, those that a slow writer adds later, and keeps its row until then', {
  timeout: 900_000,
}, async () => {
  await consent('dora')
  const { key, person } = periodOf('5a'.repeat(32))
  await createResearchConsentStore(bench.sql).begin(new Map([['dora', { key, person }]]))
  const producer = createProducer({ brokers: bench.brokers, name: 'test', log })
  const send = (fromS: number, samples: number) =>
    producer.send([
      {
        topic: bench.topics.research,
        key: Buffer.from(person),
        value: researchTrack(person, fromS, samples),
      },
    ])
  const count = async () => {
    await store.refresh()
    return store.count([person])
  }
  const rows = () => bench.sql`select from research_copy_withdrawals`
  const others = await documents()

  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isSlow = false
  const copy = startCopy({
    async create(partition, bulk) {
      if (isSlow) {
        arrived.resolve()
        await released.promise
      }
      return store.create(partition, bulk)
    },
  })
  const stop = new AbortController()
  const positions = createGroupPositions({
    ...{
      brokers: bench.brokers,
      group: `${bench.namespace}.research-copy`,
      topic: bench.topics.research,
      log,
    },
  })
  const forgetting = createForgetting({
    ...{ store, positions, log, keptAtLeastMs: 0, withdrawals: createPendingWithdrawals(bench.sql) },
    leadership: { isLeader: async () => true },
    watch: {
      ...createWatch(() => undefined).watch,
      next: (_, signal) => delay(50, undefined, { signal }).catch(() => undefined),
    },
  })
  let running: Promise<void> | undefined
  try {
    for (let fromS = 0; fromS < 100_000; fromS += 1_000) await send(fromS, 1_000)
    await untilPassed()
    expect(await count()).toBe(100_000)

    isSlow = true
    await send(100_000, 10)
    await arrived.promise
    await withdrawConsent(createConsentStore(bench.sql), {
      riderId: 'dora',
      purpose: 'research',
      by: 'rider',
    })
    const withdrawnAtMs = performance.now()
    running = forgetting.run(stop.signal)
    await expect.poll(count, patience).toBe(0)
    log.info({ ms: performance.now() - withdrawnAtMs }, '100,000 samples are gone')
    expect(await rows()).toHaveLength(1)

    isSlow = false
    released.resolve()
    await expect.poll(rows, patience).toHaveLength(0)
    expect(await count()).toBe(0)

    await send(200_000, 10)
    await untilPassed()
    expect(await documents()).toEqual(others)
  } finally {
    released.resolve()
    stop.abort()
    await running
    await copy.end()
    await positions.close()
    await producer.close()
  }
})
