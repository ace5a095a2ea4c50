// The search worker as a process between Kafka and Elasticsearch: killed, cut off, stopped.
import { fromBinary } from '@bufbuild/protobuf'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  QuarantinedTrackSchema,
  QuarantineReason,
  StoredTrackSchema,
  TrackOutcomeSchema,
  uuidBytes,
  uuidText,
} from '../../proto/index.ts'
import { testEngines, uniqueNamespace } from '../../test/engines.ts'
import { createTelemetryStore, dropTelemetry, provisionElasticsearch } from '../elasticsearch/index.ts'
import { createProducer, deleteTopics, ensureTopics, readTopic } from '../kafka/index.ts'
import { type Topic, topicName } from '../pipeline/topics.ts'
import { cleanTrack, newId } from './fixtures.ts'
import { startCuttableProxy } from './testing/cuttable-proxy.ts'
import { startSearchProcess } from './testing/search-process.ts'

const { kafkaBrokers: brokers, elasticsearch } = testEngines()
const log = pino({ level: 'silent' })
const startMs = Date.parse('2025-01-31T23:30:00Z')

function setUp() {
  const namespace = uniqueNamespace()
  const options = { ...elasticsearch, namespace, log }
  const store = createTelemetryStore(options)
  const producer = createProducer({ brokers, name: 'test', log })
  const env = {
    NAMESPACE: namespace,
    KAFKA_BROKERS: brokers.join(','),
    ELASTICSEARCH_URL: elasticsearch.url,
    ELASTICSEARCH_USERNAME: elasticsearch.username,
    ELASTICSEARCH_PASSWORD: elasticsearch.password,
  }
  beforeAll(async () => {
    await Promise.all([ensureTopics({ brokers, namespace }), provisionElasticsearch(options)])
  })
  afterAll(async () => {
    await Promise.all([dropTelemetry(options), deleteTopics({ brokers, namespace })])
    await Promise.all([store.close(), producer.close()])
  })
  return { namespace, store, producer, env }
}

const { namespace, store, producer, env } = setUp()

async function values(topic: Topic): Promise<Buffer[]> {
  const records: Buffer[] = []
  for await (const { value } of readTopic({ brokers, topic: topicName(namespace, topic) })) {
    if (value !== null) records.push(value)
  }
  return records
}

/** What the books say in the end: the last outcome of each track. */
async function books(): Promise<Map<string, Record<string, number>>> {
  const outcomes = (await values('telemetry.outcomes')).map((value) => fromBinary(TrackOutcomeSchema, value))
  return new Map(
    outcomes.map(({ trackId, counts }) => [
      uuidText(trackId),
      Object.fromEntries(counts.map(({ outcome, reason, samples }) => [reason || outcome, samples])),
    ]),
  )
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + 40_000
  while (!(await holds())) {
    if (performance.now() > giveUpMs) throw new Error(`not within its time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function storedSamples(bikeId: string): Promise<number> {
  let count = 0
  let cursor: string | undefined
  do {
    const page = await store.readSamples({
      bikeId,
      fromMs: 0,
      toMs: Date.UTC(2100, 0),
      limit: 5_000,
      ...(cursor !== undefined && { cursor }),
    })
    count += page.samples.length
    cursor = page.next
  } while (cursor !== undefined)
  return count
}

interface Sent {
  readonly bikeId: string
  readonly trackIds: string[]
}

/** `tracks` tracks of 1,000 samples, one after the other over a month's end; the last is a repeat of the first. */
async function send(tracks: number): Promise<Sent> {
  const bikeId = newId()
  const recorderId = newId()
  const trackIds: string[] = []
  const records = Array.from({ length: tracks }, (_, track) => {
    const trackId = newId()
    trackIds.push(trackId)
    const fromMs = startMs + (track === tracks - 1 ? 0 : track) * 1_000_000
    const timesMs = Array.from({ length: 1_000 }, (_, i) => fromMs + i * 1_000)
    return cleanTrack({ bikeId, recorderId, trackId, timesMs })
  })
  const topic = topicName(namespace, 'telemetry.clean')
  await producer.send(records.map((value) => ({ topic, key: uuidBytes(bikeId), value })))
  return { bikeId, trackIds }
}

async function expectBalanced({ bikeId, trackIds }: Sent): Promise<void> {
  await until('all tracks are in the books', async () => {
    const found = await books()
    return trackIds.every((id) => found.has(id))
  })
  const found = await books()
  const expected = trackIds.map((_, i) =>
    i < trackIds.length - 1 ? { stored: 1_000 } : { duplicate: 1_000 },
  )
  expect(trackIds.map((id) => found.get(id))).toEqual(expected)
  const samples = (trackIds.length - 1) * 1_000
  await until('all samples are searchable', async () => (await storedSamples(bikeId)) >= samples)
  expect(await storedSamples(bikeId)).toBe(samples)
}

test('killed in the middle of a batch, it loses and doubles nothing', async () => {
  const sent = await send(60)
  const first = await startSearchProcess(env)
  try {
    await until('some samples are stored', async () => (await storedSamples(sent.bikeId)) > 0)
  } finally {
    await first.end('SIGKILL')
  }
  const before = await storedSamples(sent.bikeId)
  const second = await startSearchProcess(env)
  try {
    await expectBalanced(sent)
    expect(before).toBeLessThan(59_000)
    const stored = (await values('telemetry.stored')).map((value) => fromBinary(StoredTrackSchema, value))
    for (const { clean, samples } of stored) {
      expect(sent.trackIds.slice(0, -1)).toContain(uuidText(clean?.raw?.trackId ?? new Uint8Array(16)))
      expect(samples).toMatchObject([{ first: 0, count: 1_000 }])
    }
  } finally {
    expect(await second.end('SIGTERM')).toBe(0)
  }
})

test('cut off from Elasticsearch it waits, says so, and goes on where it was', async () => {
  const { hostname, port } = new URL(elasticsearch.url)
  const proxy = await startCuttableProxy({ host: hostname, port: Number(port) })
  const worker = await startSearchProcess({ ...env, ELASTICSEARCH_URL: `http://127.0.0.1:${proxy.port}` })
  try {
    await until('the worker is ready', async () => (await worker.ready()).status === 200)
    proxy.cut()
    const sent = await send(3)
    await until('readiness names Elasticsearch', async () =>
      (await worker.ready()).text.includes('Elasticsearch'),
    )
    expect((await worker.ready()).status).toBe(503)
    proxy.mend()
    await expectBalanced(sent)
    await until('the worker is ready again', async () => (await worker.ready()).status === 200)
  } finally {
    await worker.end('SIGTERM')
    await proxy.close()
  }
})

test('conflicts go to quarantine with the samples concerned', async () => {
  const worker = await startSearchProcess(env)
  try {
    const bikeId = newId()
    const recorderId = newId()
    const timesMs = [0, 1, 2, 3].map((i) => startMs + i * 1_000)
    const topic = topicName(namespace, 'telemetry.clean')
    const trackIds = [newId(), newId()]
    const records = trackIds.map((trackId, i) => {
      const columns = [{ key: 'speed_kmh' as const, values: [1, 2 + i, 3 + i, 4] }]
      return {
        topic,
        key: uuidBytes(bikeId),
        value: cleanTrack({ bikeId, recorderId, trackId, timesMs, columns }),
      }
    })
    await producer.send(records)
    await until('both tracks are in the books', async () => {
      const found = await books()
      return trackIds.every((id) => found.has(id))
    })
    const quarantined = (await values('telemetry.quarantine')).map((value) =>
      fromBinary(QuarantinedTrackSchema, value),
    )
    expect(quarantined.length).toBe(1)
    expect(quarantined[0]).toMatchObject({
      reason: QuarantineReason.CONFLICT,
      stage: 'search',
      samples: [{ first: 1, count: 2 }],
    })
    expect((await books()).get(trackIds[1] as string)).toEqual({ duplicate: 2, conflict: 2 })
  } finally {
    await worker.end('SIGTERM')
  }
})
