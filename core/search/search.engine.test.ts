// The search worker on the real engine: what is stored, what is not stored twice, and what the books say.
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../test/engines.ts'
import {
  createTelemetryStore,
  dropTelemetry,
  partitionOf,
  provisionElasticsearch,
  type TelemetryStore,
} from '../elasticsearch/index.ts'
import { cutChunks } from './chunks.ts'
import { cleanTrack, newId } from './fixtures.ts'
import { inParallel } from './in-parallel.ts'
import { openTrack, type PlannedTrack } from './planned-track.ts'
import { countsOf } from './records.ts'
import { storeChunk } from './store-chunk.ts'

const log = pino({ level: 'silent' })
const namespace = uniqueNamespace()
const { url, username, password } = testEngines().elasticsearch
const options = { url, username, password, namespace, log }
let store: TelemetryStore

beforeAll(async () => {
  await provisionElasticsearch(options)
  store = createTelemetryStore(options)
})
afterAll(async () => {
  await store.close()
  await dropTelemetry(options)
})

/** What the worker does with a batch, without Kafka. */
async function settleAll(
  records: readonly Uint8Array[],
  by: TelemetryStore = store,
): Promise<PlannedTrack[]> {
  const opened = records.map(openTrack)
  const signal = new AbortController().signal
  const deps = { store: by, held: () => undefined }
  await inParallel(cutChunks(opened, { samples: 50, bytes: 1e6 }), 2, (chunk) =>
    storeChunk(deps, chunk, signal),
  )
  return opened.map(({ plan }) => plan)
}

function tally(plans: readonly PlannedTrack[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { outcome, reason, samples } of plans.flatMap(countsOf)) {
    const name = reason || outcome
    if (samples > 0) sums[name] = (sums[name] ?? 0) + samples
  }
  return sums
}

function seconds(start: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Date.parse(start) + i * 1_000)
}

async function readAll(bikeId: string, by: TelemetryStore = store) {
  await request('POST', `/${namespace}-telemetry/_refresh`)
  const { samples } = await by.readSamples({ bikeId, fromMs: 0, toMs: Date.UTC(2100, 0), limit: 5_000 })
  return samples
}

async function request(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}

test('a November ride uploaded in March lands in the partition of November', async () => {
  const bikeId = newId()
  const track = cleanTrack({
    bikeId,
    recorderId: newId(),
    timesMs: seconds('2025-11-30T23:59:00Z', 120),
    receivedAtMs: Date.parse('2026-03-15T12:00:00Z'),
  })
  expect(tally(await settleAll([track]))).toEqual({ stored: 120 })
  const november = partitionOf('ride', Date.UTC(2025, 10))
  expect(await store.generations(november)).toEqual([`${namespace}-telemetry-ride-2025.11`])
  await request('POST', `/${namespace}-telemetry/_refresh`)
  const found = await store.find(
    [`${namespace}-telemetry-ride-2025.11`],
    (await readAll(bikeId)).map(({ timeMs, kind, recorderId }) => ({ bikeId, timeMs, kind, recorderId })),
  )
  expect(found.length).toBe(60)
})

test('a replay adds nothing and gives the same outcomes', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2025-04-01T10:00:00Z', 200)
  const records = [
    cleanTrack({ bikeId, recorderId, timesMs }),
    cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(150) }),
    cleanTrack({ bikeId, recorderId, timesMs, offsetMs: -10_000, ranges: [{ first: 0, count: 10 }] }),
  ]
  const first = await settleAll(records)
  expect(tally(first)).toEqual({ stored: 210, duplicate: 50 })
  const second = await settleAll(records)
  expect(second.map(countsOf)).toEqual(first.map(countsOf))
  expect((await readAll(bikeId)).length).toBe(210)
})

test('the same identity with other values is a conflict, and the first stays', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2025-04-01T10:00:00Z', 3)
  const speed = (...values: number[]) => [{ key: 'speed_kmh' as const, values }]
  const first = cleanTrack({ bikeId, recorderId, timesMs, columns: speed(1_000, 2_000, Number.NaN) })
  const other = cleanTrack({ bikeId, recorderId, timesMs, columns: speed(1_000, 2_001, 3_000) })
  expect(tally(await settleAll([first]))).toEqual({ stored: 3 })
  expect(tally(await settleAll([other]))).toEqual({ duplicate: 1, conflict: 2 })
  expect((await readAll(bikeId)).map(({ values }) => values)).toEqual([
    {},
    { speed_kmh: 2 },
    { speed_kmh: 1 },
  ])
})

test('shuffled delivery leaves the same samples', async () => {
  const recorderId = newId()
  const tracksOf = (bikeId: string) =>
    [0, 1, 2, 3].map((part) =>
      cleanTrack({
        bikeId,
        recorderId,
        timesMs: seconds('2025-04-30T23:58:20Z', 400).slice(part * 80, part * 80 + 120),
      }),
    )
  const [ordered, shuffled] = [newId(), newId()]
  const counts = tally(await settleAll(tracksOf(ordered)))
  const records = tracksOf(shuffled)
  expect(tally(await settleAll([2, 0, 3, 1].map((i) => records[i] as Uint8Array)))).toEqual(counts)
  const view = (samples: Awaited<ReturnType<typeof readAll>>) =>
    samples.map(({ timeMs, values }) => ({ timeMs, values }))
  expect(view(await readAll(shuffled))).toEqual(view(await readAll(ordered)))
})

test('a blocked partition gets a sibling: late samples pass, nothing is stored twice, readers see all', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2024-02-10T08:00:00Z', 100)
  const before = cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(0, 60) })
  const late = cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(40), trackId: newId() })
  await settleAll([before])
  const base = `${namespace}-telemetry-ride-2024.02`
  await request('PUT', `/${base}/_settings`, { 'index.blocks.write': true })

  expect(tally(await settleAll([late]))).toEqual({ duplicate: 20, stored: 40 })
  const february = partitionOf('ride', Date.UTC(2024, 1))
  expect(await store.generations(february)).toEqual([base, `${base}-s1`])
  expect(tally(await settleAll([before, late]))).toEqual({ stored: 100, duplicate: 20 })
  expect((await readAll(bikeId)).map(({ timeMs }) => timeMs)).toEqual(timesMs.toReversed())

  // A worker that starts later finds the sibling by itself, also when somebody lifts the block.
  await request('PUT', `/${base}/_settings`, { 'index.blocks.write': null })
  const later = createTelemetryStore(options)
  const more = cleanTrack({ bikeId, recorderId, timesMs: seconds('2024-02-10T09:00:00Z', 10) })
  expect(tally(await settleAll([before, late, more], later))).toEqual({ stored: 110, duplicate: 20 })
  expect((await readAll(bikeId, later)).length).toBe(110)
  await later.close()
})

test('two workers may meet a new month at once', async () => {
  const other = createTelemetryStore(options)
  const march = partitionOf('battery', Date.UTC(2022, 2))
  const name = `${namespace}-telemetry-system-2022.03`
  expect(await Promise.all([store.generations(march), other.generations(march)])).toEqual([[name], [name]])
  await other.close()
})

test('a partition that was deleted is made again, never guessed by the engine', async () => {
  const bikeId = newId()
  const timesMs = seconds('2021-07-01T00:00:00Z', 5)
  await settleAll([cleanTrack({ bikeId, recorderId: newId(), timesMs })])
  await request('DELETE', `/${namespace}-telemetry-ride-2021.07`)
  expect(tally(await settleAll([cleanTrack({ bikeId, recorderId: newId(), timesMs })]))).toEqual({
    stored: 5,
  })
  expect((await readAll(bikeId)).length).toBe(5)
})

test('samples are read latest first, page by page, within the windows of the rider', async () => {
  const bikeId = newId()
  const timesMs = seconds('2025-08-31T23:59:50Z', 20)
  await settleAll([
    cleanTrack({ bikeId, recorderId: newId(), timesMs }),
    cleanTrack({ bikeId, recorderId: newId(), timesMs }),
    cleanTrack({
      bikeId,
      recorderId: newId(),
      timesMs,
      kind: 'battery',
      columns: [{ key: 'state_of_charge_pct', values: timesMs.map((_, i) => 955 - i) }],
      offsetMs: 500,
    }),
  ])
  const all = await readAll(bikeId)
  expect(all.length).toBe(60)
  expect(all[0]).toMatchObject({
    kind: 'battery',
    timeMs: (timesMs[19] as number) + 500,
    values: { state_of_charge_pct: 93.6 },
    provenance: { recordedAtMs: timesMs[19], rule: 'sent_at', offsetMs: 500 },
  })
  const windows = [{ fromMs: 0, toMs: timesMs[5] as number }, { fromMs: timesMs[15] as number }]
  const paged: (typeof all)[number][] = []
  const range = { bikeId, fromMs: timesMs[0] as number, toMs: timesMs[19] as number, limit: 7, windows }
  let cursor: string | undefined
  do {
    const page = await store.readSamples({ ...range, ...(cursor !== undefined && { cursor }) })
    paged.push(...page.samples)
    cursor = page.next
  } while (cursor !== undefined)
  const inWindow = all.filter(
    ({ timeMs }) =>
      timeMs < range.toMs && windows.some(({ fromMs, toMs = Infinity }) => timeMs >= fromMs && timeMs < toMs),
  )
  expect(paged).toEqual(inWindow)
  const batteries = await store.readSamples({ ...range, kind: 'battery', limit: 100 })
  expect(batteries.samples).toEqual(inWindow.filter(({ kind }) => kind === 'battery'))
  await expect(store.readSamples({ ...range, cursor: 'bm9uZQ' })).rejects.toThrow('cursor')
})
