// Rides under load: what a ride costs, how many documents are read for a stored sample, and when a closed ride is in its rider's list.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTelemetryReader } from '../core/engines/elasticsearch/index.ts'
import { createRideReader } from '../core/engines/postgres/riders/ride-store.ts'
import type { Track } from '../proto/index.ts'
import { elasticsearchOf } from '../testkit/environment.ts'
import { metrics } from '../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { paced } from './paced.ts'
import { processCpuSeconds } from './process-cpu.ts'
import { type Bench, type BenchResult, quantile } from './report.ts'
import { newRiders } from './steady-load.ts'

/** Rides of ten minutes, a sample of ride and battery a second; every fifth one comes in two pieces, ten seconds apart. */
const load = {
  samplesPerSecond: Number(process.env.BENCH_RATE ?? 5_000),
  rideSeconds: 600,
  riders: 20,
  bikesPerRider: 10,
  twoPiecesEvery: 5,
}
/** Modules that report while they ride, ten seconds at a time. */
const live = { bikes: 20, everySeconds: 10 } as const
const seconds = Number(process.env.BENCH_SECONDS ?? 120)
const warmUpSeconds = Number(process.env.BENCH_WARM_UP_SECONDS ?? 30)
/** The services on the way of a sample, from its upload until its ride is listed. */
const services = ['issuer', 'edge', 'normalize', 'search', 'quarantine', 'fleet', 'bikes', 'rides'] as const
const probesPerSecond = 2
const probesPerRider = 20
/** A search costs the store more than a look-up; asking more often would measure the asking. */
const pollMs = { searchable: 100, listed: 20, found: 200 } as const
const giveUpMs = { searchable: 60_000, listed: 60_000, found: 600_000 } as const
const hourMs = 3_600_000
const goals = { documentsPerSample: 3, listedP99Ms: 5_000 } as const

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({ engines, services, onProgress: progress })
    const store = createTelemetryReader({
      ...elasticsearchOf(engines),
      namespace: platform.namespace,
      log: { info: () => undefined, warn: () => undefined },
    })
    try {
      return report(await measure(platform, store, progress))
    } finally {
      await store.close()
      await platform.close()
    }
  })

interface Measured {
  readonly listedMs: readonly number[]
  readonly samples: number
  readonly documents: number
  readonly rides: number
  /** Of a row of `rides` with its indices; meaningful with a thousand rides or more. */
  readonly bytesPerRide: number
  readonly cpuSeconds: number
  readonly worstDelayMs: number
}

type Samples = ReturnType<typeof createTelemetryReader>

async function measure(
  platform: TestPlatform,
  store: Samples,
  progress: (line: string) => void,
): Promise<Measured> {
  const probes = seconds * probesPerSecond
  const riders = await newRiders(platform, { count: load.riders, bikes: load.bikesPerRider })
  const probers = await newRiders(platform, {
    count: Math.ceil(probes / probesPerRider),
    bikes: probesPerRider,
  })
  const [rider] = await newRiders(platform, { count: 1, bikes: live.bikes })
  const sendRide = createLoad(platform, riders)
  const perSecond = load.samplesPerSecond / (2 * load.rideSeconds)
  progress(`warming up for ${warmUpSeconds} s, then ${seconds} s at ${load.samplesPerSecond} samples/s`)
  await paced({ perSecond, count: Math.round(perSecond * warmUpSeconds), maxUnderWay: 100 }, sendRide)
  await untilFound(platform)
  const before = await counted(platform)
  const listedMs: number[] = []
  const [loaded, ...others] = await Promise.all([
    paced({ perSecond, count: Math.round(perSecond * seconds), maxUnderWay: 200 }, sendRide),
    paced(
      {
        perSecond: live.bikes / live.everySeconds,
        count: (live.bikes * seconds) / live.everySeconds,
        maxUnderWay: 100,
      },
      createLive(platform, rider as Rider),
    ),
    paced({ perSecond: probesPerSecond, count: probes, maxUnderWay: 100 }, async (index) => {
      const prober = probers[Math.floor(index / probesPerRider)] as Rider
      listedMs.push(await probe(platform, store, { rider: prober, bikeId: bikeOf(prober, index) }))
    }),
  ])
  const failures = [loaded, ...others].flatMap((each) => each.failures)
  if (failures.length > 0) {
    const reasons = [...Map.groupBy(failures, String)].map(([reason, { length }]) => `${length} × ${reason}`)
    throw new Error(`uploads or probes failed: ${reasons.slice(0, 5).join('; ')}`)
  }
  await untilFound(platform)
  const after = await counted(platform)
  return {
    listedMs,
    worstDelayMs: loaded.worstDelayMs,
    samples: after.samples - before.samples,
    documents: after.documents - before.documents,
    rides: after.rides - before.rides,
    bytesPerRide: after.bytes / after.rides,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  }
}

const bikeOf = ({ bikeIds }: Rider, index: number) => bikeIds[index % bikeIds.length] as string

/** Each call is a ride of one of the bikes, in turn, an hour after the one before; the first was a month ago. */
function createLoad(platform: TestPlatform, riders: readonly Rider[]): () => Promise<void> {
  const recorderId = randomUUID()
  const beginMs = Date.now() - 30 * 24 * hourMs
  let rides = 0
  return async () => {
    const ride = rides++
    const rider = riders[ride % riders.length] as Rider
    const round = Math.floor(ride / riders.length)
    const bikeId = bikeOf(rider, round)
    const startMs = beginMs + Math.floor(round / load.bikesPerRider) * hourMs
    const upload = (from: number, samples: number) =>
      platform.upload(rider, tracksOf({ bikeId, recorderId, startMs: startMs + from * 1_000, samples }))
    if (ride % load.twoPiecesEvery > 0) return void (await upload(0, load.rideSeconds))
    await upload(0, load.rideSeconds / 2)
    await sleep(10_000)
    await upload(load.rideSeconds / 2, load.rideSeconds / 2)
  }
}

/** Each call reports the last seconds of one of the bikes, in turn. */
function createLive(platform: TestPlatform, rider: Rider): (index: number) => Promise<void> {
  const recorderId = randomUUID()
  const beginMs = Date.now() - live.everySeconds * 1_000
  return async (index) => {
    const startMs = beginMs + Math.floor(index / live.bikes) * live.everySeconds * 1_000
    const samples = live.everySeconds
    await platform.upload(rider, tracksOf({ bikeId: bikeOf(rider, index), recorderId, startMs, samples }))
  }
}

function tracksOf(of: { bikeId: string; recorderId: string; startMs: number; samples: number }): Track[] {
  const ride = rideTrack(of)
  const cells = (value: number) => Array<number>(of.samples).fill(value)
  const more: Track['columns'] = [
    {
      key: 'assist_level',
      values: Array.from({ length: of.samples }, (_, i) => 1 + (Math.floor(i / 60) % 4)),
    },
    { key: 'ambient_temperature_c', values: cells(150) },
  ]
  const battery: Track['columns'] = [
    { key: 'voltage_v', values: cells(36_000) },
    { key: 'current_a', values: cells(4_000) },
    { key: 'state_of_charge_pct', values: cells(800) },
    { key: 'battery_temperature_c', values: cells(200) },
  ]
  return [
    { ...ride, columns: [...ride.columns, ...more] },
    { ...ride, kind: 'battery', columns: battery },
  ]
}

/** Milliseconds from when the last sample of a closed ride is searchable until the ride is in its rider's list; `giveUpMs.listed` where it never was. */
async function probe(
  platform: TestPlatform,
  store: Samples,
  { rider, bikeId }: { rider: Rider; bikeId: string },
): Promise<number> {
  const startMs = Date.now() - hourMs
  const samples = 60
  await platform.upload(rider, tracksOf({ bikeId, recorderId: randomUUID(), startMs, samples }))
  const last = { bikeId, fromMs: startMs + (samples - 1) * 1_000, toMs: Date.now(), limit: 2 }
  if (!(await until('searchable', async () => (await store.readSamples(last)).samples.length === 2)))
    throw new Error(`a probe was not searchable after ${giveUpMs.searchable} ms`)
  const searchableMs = performance.now()
  const reader = createRideReader(platform.sql)
  const query = { riderId: rider.riderId, bikeId, limit: 1 }
  const isListed = await until('listed', async () => (await reader.ridesOf(query)).length > 0)
  return isListed ? performance.now() - searchableMs : giveUpMs.listed
}

/** False when it was not so in time. */
async function until(what: keyof typeof giveUpMs, isSo: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + giveUpMs[what]
  while (!(await isSo())) {
    if (performance.now() > endMs) return false
    await sleep(pollMs[what])
  }
  return true
}

/** Until all marks are settled, but for those of rides that are open. */
async function untilFound({ sql }: TestPlatform): Promise<void> {
  await sleep(3_000)
  const areFound = await until('found', async () => {
    const [row] = await sql<{ due: number }[]>`
      select count(*)::integer as due from ride_bikes where due_at <= now() + interval '2 seconds'`
    return row?.due === 0
  })
  if (!areFound) throw new Error(`rides were not found after ${giveUpMs.found} ms`)
}

async function counted({ env, services, sql }: TestPlatform) {
  const [search, rides] = await Promise.all([metrics(env.SEARCH_URL ?? ''), metrics(env.RIDES_URL ?? '')])
  const [row] = await sql<{ rides: number; bytes: number }[]>`
    select count(*)::integer as rides, pg_total_relation_size('rides')::float8 as bytes from rides`
  return {
    bytes: row?.bytes ?? 0,
    samples: search('worker_samples_total', 'outcome="stored"'),
    documents: rides('rides_documents_read_total'),
    rides: row?.rides ?? 0,
    cpuSeconds: processCpuSeconds(services.rides?.pid ?? 0),
  }
}

function report(measured: Measured): BenchResult {
  const { listedMs, samples, documents, rides, bytesPerRide, cpuSeconds, worstDelayMs } = measured
  const documentsPerSample = documents / samples
  const p = (q: number) => Math.round(quantile(listedMs, q))
  return {
    title: `${rides} rides, ${samples} samples in ${seconds} s at ${load.samplesPerSecond} samples/s, all on this machine; ${listedMs.length} probes`,
    rows: [
      {
        'searchable → listed, p50 ms': p(0.5),
        'p99 ms': p(0.99),
        'max ms': Math.round(Math.max(...listedMs)),
        'documents a sample': documentsPerSample.toFixed(2),
        'bytes a ride': Math.round(bytesPerRide),
        'CPU ms a ride': ((cpuSeconds * 1_000) / rides).toFixed(1),
        'CPU s a million samples': ((cpuSeconds * 1e6) / samples).toFixed(1),
      },
    ],
    goals: [
      {
        what: 'documents read for each stored sample',
        goal: `≤ ${goals.documentsPerSample}`,
        measured: documentsPerSample.toFixed(2),
        reached: documentsPerSample <= goals.documentsPerSample,
      },
      {
        what: 'a closed ride is in the list after its last sample is searchable, p99',
        goal: `≤ ${goals.listedP99Ms} ms`,
        measured: `${p(0.99)} ms`,
        reached: p(0.99) <= goals.listedP99Ms,
      },
    ],
    figures: { ...load, live, seconds, ...measured, worstDelayMs },
  }
}
