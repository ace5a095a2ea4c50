// The tiers worker on a real cluster of three nodes, a tier each, while samples come late and a node is lost.
import pino from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  type ElasticsearchCluster,
  startElasticsearchCluster,
} from '../../../testkit/elasticsearch-cluster.ts'
import { createTierStore } from '../../engines/elasticsearch/tiers.ts'
import { cleanTrack, newId } from '../search/testing/fixtures.ts'
import {
  openStoreEnvironment,
  type StoreEnvironment,
  seconds,
  tally,
} from '../search/testing/store-environment.ts'
import { tierRules } from './plan.ts'
import { createSnapshots, createTending, createTierMetrics } from './worker.ts'

const namespace = 'tiers'
const repository = 'backup'
const waitMs = 120_000
const months = { hot: monthOf(0), warm: monthOf(100), cold: monthOf(500) }
let cluster: ElasticsearchCluster
let environment: StoreEnvironment
let work: ReturnType<typeof startWorker>

beforeAll(async () => {
  cluster = await startElasticsearchCluster(() => undefined)
  const elasticsearch = { url: cluster.url, username: 'nobody', password: 'needs none' }
  environment = await openStoreEnvironment({ elasticsearch, namespace })
  const settings = { location: cluster.snapshotDir }
  await environment.request('PUT', `/_snapshot/${repository}`, { type: 'fs', settings })
  for (const month of Object.values(months)) await storeInPieces(month, 6)
  work = startWorker()
}, 400_000)
afterAll(async () => {
  try {
    await work?.stop()
    await environment?.close()
  } finally {
    await cluster?.stop()
  }
}, 120_000)

function monthOf(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 7)
}

const indexOf = (month: string) => `${namespace}-telemetry-ride-${month.replace('-', '.')}`

async function ask<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(cluster.url + path, { signal: AbortSignal.timeout(30_000) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

function startWorker() {
  const options = { url: cluster.url, username: 'nobody', password: 'needs none', namespace }
  const store = createTierStore({ ...options, log: pino({ level: 'silent' }) })
  const deps = {
    ...{ store, everyMs: 200, metrics: createTierMetrics() },
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    rules: { ...tierRules, quietMs: 500, snapshotEveryMs: 2_000 },
  }
  const loops = [createTending(deps), createSnapshots(repository, deps)]
  const stopped = new AbortController()
  const done = Promise.all(loops.map((loop) => loop.run(stopped.signal)))
  return {
    troubles: () => loops.flatMap((loop) => loop.trouble() ?? []),
    async stop() {
      stopped.abort()
      await done
      await store.close()
      // Indices cannot be removed while a snapshot takes them.
      const underWay = async () => (await ask<{ snapshots: unknown[] }>('/_snapshot/_status')).snapshots
      await vi.waitFor(async () => expect(await underWay()).toEqual([]), { timeout: waitMs, interval: 200 })
    },
  }
}

/** A hundred samples a piece, each a segment of its own. */
async function storeInPieces(month: string, pieces: number): Promise<void> {
  for (let n = 0; n < pieces; n++) {
    const timesMs = seconds(`${month}-01T00:00:00Z`, 100)
    const track = cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs })
    expect(tally(await environment.settleAll([track]))).toEqual({ stored: 100 })
    await environment.request('POST', `/${indexOf(month)}/_refresh`)
  }
}

interface Place {
  readonly node: string
  readonly state: string
  /** Documents of each. */
  readonly segments: readonly number[]
  readonly documents: number
}

async function placeOf(month: string): Promise<Place> {
  const index = indexOf(month)
  const [shards, segments, { count }] = await Promise.all([
    ask<{ node: string; state: string; prirep: string }[]>(`/_cat/shards/${index}?format=json`),
    ask<{ prirep: string; 'docs.count': string }[]>(`/_cat/segments/${index}?format=json`),
    ask<{ count: number }>(`/${index}/_count`),
  ])
  const primary = shards.find(({ prirep }) => prirep === 'p')
  return {
    ...{ node: primary?.node ?? '', state: primary?.state ?? '', documents: count },
    segments: segments.filter(({ prirep }) => prirep === 'p').map((each) => Number(each['docs.count'])),
  }
}

const lies = (month: string, documents: number, node: string) =>
  expect
    .poll(() => placeOf(month).catch((error: unknown) => error), { timeout: waitMs, interval: 300 })
    .toEqual({ node, state: 'STARTED', segments: [documents], documents })

test('quiet months are merged and moved to the tier of their age; the month that goes on is left alone', async () => {
  await lies(months.warm, 600, 'warm')
  await lies(months.cold, 600, 'cold')
  expect(await placeOf(months.hot)).toMatchObject({ node: 'hot', documents: 600 })
}, 300_000)

test('late samples are stored while their month is tended, and merged in once it is quiet again', async () => {
  await storeInPieces(months.cold, 5)
  await lies(months.cold, 1_100, 'cold')
}, 300_000)

test('a node that is lost while a month moves to it loses nothing', async () => {
  const month = monthOf(540)
  await storeInPieces(month, 3)
  await expect
    .poll(async () => JSON.stringify(await ask(`/${indexOf(month)}/_settings`)), { timeout: waitMs })
    .toContain('data_cold')
  await cluster.kill('cold')
  await storeInPieces(months.warm, 2)
  await cluster.start('cold')
  await lies(month, 300, 'cold')
  await lies(months.warm, 800, 'warm')
  await expect.poll(work.troubles, { timeout: waitMs }).toEqual([])
}, 400_000)

test('a snapshot brings back each document of a partition that is gone', async () => {
  const wholeSince = async (beganMs: number) => {
    const { snapshots } = await ask<{
      snapshots: { start_time_in_millis: number; state: string; snapshot: string }[]
    }>(`/_snapshot/${repository}/*`)
    return snapshots.find((each) => each.state === 'SUCCESS' && each.start_time_in_millis >= beganMs)
      ?.snapshot
  }
  const nowMs = Date.now()
  await expect.poll(() => wholeSince(nowMs), { timeout: waitMs, interval: 300 }).toBeDefined()
  const snapshot = await wholeSince(nowMs)
  await work.stop()
  await environment.request('DELETE', `/${indexOf(months.cold)}`)
  const restore = `/_snapshot/${repository}/${snapshot}/_restore?wait_for_completion=true`
  await environment.request('POST', restore, { indices: indexOf(months.cold) })
  expect(await placeOf(months.cold)).toMatchObject({ node: 'cold', documents: 1_100 })
}, 300_000)
