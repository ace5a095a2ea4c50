// The search worker as a process between Kafka and Elasticsearch: killed, cut off, stopped.
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  QuarantinedTrackSchema,
  QuarantineReason,
  StoredTrackSchema,
  uuidText,
} from '../../../proto/index.ts'
import { startCuttableProxy } from '../../../testkit/cuttable-proxy.ts'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { startServiceProcess } from '../../../testkit/service-process.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { openPipelineEnvironment, type PipelineEnvironment } from './testing/pipeline-environment.ts'

const { kafkaBrokers: brokers, elasticsearch } = testEngines()
const startMs = Date.parse('2025-01-31T23:30:00Z')
let environment: PipelineEnvironment

beforeAll(async () => {
  const monthsMs = [startMs, Date.UTC(2025, 1)]
  environment = await openPipelineEnvironment({
    ...{ brokers, elasticsearch, namespace: uniqueNamespace(), monthsMs },
  })
})
afterAll(() => environment.close())

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { interval: 50, message: what }).toBe(true)
}

interface Sent {
  readonly bikeId: string
  readonly trackIds: readonly string[]
}

/** `tracks` tracks of 1,000 samples, one after the other over a month's end; the last is a repeat of the first. */
async function send(tracks: number): Promise<Sent> {
  const bikeId = newId()
  const recorderId = newId()
  const trackIds = Array.from({ length: tracks }, newId)
  const records = trackIds.map((trackId, i) => {
    const fromMs = startMs + (i === tracks - 1 ? 0 : i) * 1_000_000
    const timesMs = Array.from({ length: 1_000 }, (_, second) => fromMs + second * 1_000)
    return cleanTrack({ bikeId, recorderId, trackId, timesMs })
  })
  await environment.send(bikeId, records)
  return { bikeId, trackIds }
}

async function untilInTheBooks(trackIds: readonly string[]) {
  await until('all tracks are in the books', async () => {
    const books = await environment.books()
    return trackIds.every((id) => books.has(id))
  })
  const books = await environment.books()
  return trackIds.map((id) => books.get(id))
}

async function expectBalanced({ bikeId, trackIds }: Sent): Promise<void> {
  const fresh = trackIds.slice(1).map(() => ({ stored: 1_000 }))
  expect(await untilInTheBooks(trackIds)).toEqual([...fresh, { duplicate: 1_000 }])
  const samples = fresh.length * 1_000
  await until('all samples are searchable', async () => (await environment.searchable(bikeId)) >= samples)
  expect(await environment.searchable(bikeId)).toBe(samples)
}

test('killed in the middle of a batch, it loses and doubles nothing', { timeout: 400_000 }, async () => {
  const sent = await send(60)
  const first = await startServiceProcess('search', environment.env)
  try {
    await until('some samples are stored', async () => (await environment.searchable(sent.bikeId)) > 0)
  } finally {
    await first.end('SIGKILL')
  }
  expect((await environment.books()).size).toBe(0)
  const second = await startServiceProcess('search', environment.env)
  try {
    await expectBalanced(sent)
    const stored = (await environment.values('telemetry.stored')).map((value) =>
      fromBinary(StoredTrackSchema, value),
    )
    const storedIds = stored.map(({ clean }) => uuidText(clean?.raw?.trackId ?? new Uint8Array(16)))
    expect(new Set(storedIds)).toEqual(new Set(sent.trackIds.slice(0, -1)))
    for (const { samples } of stored) expect(samples).toMatchObject([{ first: 0, count: 1_000 }])
  } finally {
    expect(await second.end('SIGTERM')).toBe(0)
  }
})

test('cut off from Elasticsearch it waits, says so, and goes on where it was', {
  timeout: 400_000,
}, async () => {
  const { hostname, port } = new URL(elasticsearch.url)
  const proxy = await startCuttableProxy({ host: hostname, port: Number(port) })
  const worker = await startServiceProcess('search', {
    ...environment.env,
    ELASTICSEARCH_URL: `http://127.0.0.1:${proxy.port}`,
  })
  try {
    await until('the worker is ready', async () => (await worker.ready()).status === 200)
    await proxy.cut()
    const sent = await send(3)
    await until('readiness names Elasticsearch', async () => {
      const { status, text } = await worker.ready()
      return status === 503 && text.includes('Elasticsearch')
    })
    await proxy.mend()
    await expectBalanced(sent)
    await until('the worker is ready again', async () => (await worker.ready()).status === 200)
  } finally {
    await worker.end('SIGTERM')
    await proxy.close()
  }
})

test('conflicts go to quarantine with the samples concerned', async () => {
  const worker = await startServiceProcess('search', environment.env)
  try {
    const bikeId = newId()
    const recorderId = newId()
    const timesMs = [0, 1, 2, 3].map((i) => startMs + i * 1_000)
    const trackIds = [newId(), newId()]
    const records = trackIds.map((trackId, i) => {
      const columns = [{ key: 'speed_kmh' as const, values: [1, 2 + i, 3 + i, 4] }]
      return cleanTrack({ bikeId, recorderId, trackId, timesMs, columns })
    })
    await environment.send(bikeId, records)
    expect(await untilInTheBooks(trackIds)).toEqual([{ stored: 4 }, { duplicate: 2, conflict: 2 }])
    const quarantined = (await environment.values('telemetry.quarantine')).map((value) =>
      fromBinary(QuarantinedTrackSchema, value),
    )
    expect(quarantined).toMatchObject([
      { reason: QuarantineReason.CONFLICT, stage: 'search', samples: [{ first: 1, count: 2 }] },
    ])
  } finally {
    await worker.end('SIGTERM')
  }
})
