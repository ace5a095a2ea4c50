// The reader of the stream that data scientists copy, killed inside a transaction and started again on another machine's disk.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOptions } from '../../../core/engines/kafka/client.ts'
import type { KafkaRecord } from '../../../core/engines/kafka/port.ts'
import { createProducer } from '../../../core/engines/kafka/producer.ts'
import { readTopic } from '../../../core/engines/kafka/read-topic.ts'
import { createConsentStore } from '../../../core/engines/postgres/riders/consent-store.ts'
import { withdrawalRecord } from '../../../core/research/stream/research-records.ts'
import { grantConsent } from '../../../core/riders/consent/consents.ts'
import { topicName } from '../../../core/topics.ts'
import { toStderr } from '../../../infra/local/index.ts'
import { pythonWith } from '../../../infra/local/python.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { readIndependently } from '../../../testkit/independent-reader.ts'
import type { ResearchSample } from '../../../testkit/research-samples.ts'
import { createTestBench, january, type TestBench } from '../../../testkit/research-stream.ts'

interface Window {
  readonly subject: string
  readonly person: string
  readonly start: number
  readonly end: number
  readonly samples: number
  readonly distance_m: number
  readonly mean_kmh: number
}

const [windowMs, graceMs, sameRideMs] = [60_000, 10_000, 60_000]
const samplesPerTrack = 50
const patience = { interval: 250 }
/** How many bikes each rider has. */
const bikesOf = { anna: 4, berta: 2, carla: 2 } as const
type Rider = keyof typeof bikesOf
const riders = Object.keys(bikesOf) as Rider[]
const bikes = riders.flatMap((riderId) =>
  Array.from({ length: bikesOf[riderId] }, () => ({ riderId, bikeId: randomUUID() })),
)

let python: string
let bench: TestBench
let worker: ReturnType<TestBench['startWorker']>
let producer: ReturnType<typeof createProducer>
let admin: Admin
let folder: string
let out: string
let app: ChildProcess | undefined

beforeAll(async () => {
  const requirements = join(import.meta.dirname, 'requirements.txt')
  python = await pythonWith({ name: 'research', requirements, onProgress: toStderr })
  folder = await mkdtemp(join(tmpdir(), 'windows-'))
  bench = await createTestBench()
  const { brokers } = bench
  producer = createProducer({ brokers, name: 'test', log: pino({ level: 'silent' }) })
  admin = new Admin(clientOptions({ brokers, name: 'test' }))
  out = `${bench.namespace}.windows`
  await admin.createTopics({ topics: [out], partitions: 6 })
  worker = bench.startWorker()
  for (const riderId of riders)
    await grantConsent(createConsentStore(bench.sql), {
      ...{ riderId, purpose: 'research', by: 'rider', from: new Date(january) },
    })
}, 600_000)
afterAll(async () => {
  if (app !== undefined) await kill(app)
  await worker?.stop()
  if (admin !== undefined) {
    // The app makes topics of its own for its state.
    const topics = (await admin.listTopics()).filter((topic) => topic.includes(`${bench.namespace}.windows`))
    await admin.deleteTopics({ topics })
    await admin.close()
  }
  await producer?.close()
  await bench?.close()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

/** Tracks `first` and later of each bike: rides with a pause in each, and a battery whose samples are ahead of its ride's. */
async function ride({ first, tracks }: { first: number; tracks: number }): Promise<void> {
  const records = Array.from({ length: tracks }, (_, i) => first + i).flatMap((track) =>
    bikes.flatMap(({ riderId, bikeId }, bike) => {
      const startMs = january + track * 90_000 + bike * 7_000
      const indexes = Array.from({ length: samplesPerTrack }, (_, i) => i)
      const common = { bikeId, recorderId: randomUUID(), clock: { bootId: 0, clockEpoch: 0 } }
      const speeds = indexes.map((i) => 15_000 + ((track * 31 + bike * 17 + i * 7) % 100) * 100)
      const metres = indexes.map((i) => (track * samplesPerTrack + i) * 583 + bike)
      const columns = [
        { key: 'speed_kmh', values: speeds },
        { key: 'odometer_m', values: metres },
      ] as const
      const charge = [{ key: 'state_of_charge_pct', values: indexes.map((i) => 800 - i) }] as const
      const timesMs = indexes.map((i) => startMs + i * 1_000)
      const later = timesMs.map((timeMs) => timeMs + 600_000)
      return [
        storedRecord({ riderId, track: { ...common, kind: 'battery', timesMs: later, columns: charge } }),
        storedRecord({ riderId, track: { ...common, kind: 'ride', timesMs, columns } }),
      ]
    }),
  )
  await bench.send(records)
  const sent = 2 * bikes.length * (first + tracks)
  await expect.poll(bench.progress, patience).toBe(sent)
}

async function personOf(riderId: Rider): Promise<string> {
  const [row] = await bench.sql<{ person: string }[]>`
    select person from research_keys where rider_id = ${riderId}`
  return row?.person ?? ''
}

const forget = (person: string) =>
  producer.send([
    { topic: topicName(bench.namespace, 'analytics.withdrawals'), ...withdrawalRecord({ person }) },
  ])

function start(state: string): ChildProcess {
  const own = ['--group', out, '--instance', '1', '--out', out, '--state', join(folder, state)]
  app = spawn(python, [join(import.meta.dirname, 'windows.py'), ...own], {
    env: { PATH: process.env.PATH, KAFKA_BROKERS: bench.brokers.join(','), NAMESPACE: bench.namespace },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return app
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function valuesOf(records: AsyncIterable<Pick<KafkaRecord, 'value'>>): Promise<Window[]> {
  const windows: Window[] = []
  for await (const { value } of records) windows.push(JSON.parse(String(value)) as Window)
  return windows
}

/**
 * Once windows are out. It stands still while we look whether it has written windows that it has not committed; else it goes on, with one
 * more track of each bike. Resolves with how many tracks each has then.
 */
async function killInsideTransaction(child: ChildProcess, firstTracks: number): Promise<number> {
  const written = async (isolation: 'committed' | 'uncommitted') =>
    (await valuesOf(readTopic({ brokers: bench.brokers, topic: out, isolation }))).length
  let tracks = firstTracks
  const isInside = async () => {
    child.kill('SIGSTOP')
    if ((await written('uncommitted')) > (await written('committed'))) return true
    child.kill('SIGCONT')
    await ride({ first: tracks, tracks: 1 })
    tracks += 1
    return false
  }
  await expect.poll(() => written('committed'), patience).toBeGreaterThan(0)
  await expect.poll(isInside, patience).toBe(true)
  await kill(child)
  return tracks
}

const windowsNow = () => valuesOf(readIndependently({ brokers: bench.brokers, topic: out }))
const of = (windows: readonly Window[], person: string | undefined) =>
  windows.filter((window) => window.person === person)
const byPlace = (a: Window, b: Window) => a.subject.localeCompare(b.subject) || a.start - b.start

/** All closed windows of rides, computed over everything at once. */
function bruteForce(samples: readonly ResearchSample[]): Window[] {
  const rides = samples.filter(({ kind }) => kind === 'ride')
  return [...Map.groupBy(rides, ({ subject }) => subject).values()].flatMap((own) => {
    const rows = own.map((sample, i) => ({ ...sample, distance: distance(own[i - 1], sample) }))
    const closedBeforeMs = Math.max(...own.map(({ timeMs }) => timeMs)) - graceMs - windowMs
    const windows = Map.groupBy(rows, ({ timeMs }) => timeMs - (timeMs % windowMs))
    return [...windows]
      .filter(([start]) => start <= closedBeforeMs)
      .map(([start, within]) => ({
        ...{ subject: within[0]?.subject ?? '', person: within[0]?.person ?? '' },
        ...{ start, end: start + windowMs, samples: within.length },
        distance_m: within.reduce((sum, row) => sum + row.distance, 0),
        mean_kmh: within.reduce((sum, row) => sum + (row.values.speed_kmh ?? 0), 0) / within.length,
      }))
  })
}

function distance(before: ResearchSample | undefined, sample: ResearchSample): number {
  if (before === undefined || sample.timeMs - before.timeMs > sameRideMs) return 0
  return Math.max(0, (sample.values.odometer_m ?? 0) - (before.values.odometer_m ?? 0))
}

test('killed inside a transaction, it has no window twice and none missing, and none of who withdrew', {
  timeout: 400_000,
}, async () => {
  await ride({ first: 0, tracks: 30 })
  const [anna, berta, carla] = await Promise.all(riders.map(personOf))
  await forget(carla ?? '')
  const tracks = await killInsideTransaction(start('first'), 30)
  // The reader of the others would wait for the end of the transaction; this one ends before it.
  const before = await valuesOf(readTopic({ brokers: bench.brokers, topic: out }))
  await forget(berta ?? '')
  await ride({ first: tracks, tracks: 10 })

  start('second')
  const expected = bruteForce(await bench.delivered())
    .filter(({ person }) => person === anna)
    .sort(byPlace)
  expect(expected.length).toBeGreaterThan(200)
  await expect
    .poll(async () => of(await windowsNow(), anna).length, patience)
    .toBeGreaterThanOrEqual(expected.length)
  const windows = await windowsNow()
  expect(of(windows, anna).sort(byPlace)).toEqual(expected)
  expect(of(windows, berta)).toHaveLength(of(before, berta).length)
  expect(of(windows, carla)).toEqual([])
})
