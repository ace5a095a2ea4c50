// How long after its 202 a sample is searchable in Elasticsearch and in the latest state, under a steady load.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTelemetryReader, type TelemetryReader } from '../core/engines/elasticsearch/index.ts'
import { latestOf } from '../core/engines/postgres/telemetry/latest-store.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { paced } from './paced.ts'
import { type Bench, type BenchResult, quantile } from './report.ts'

const load = { samplesPerSecond: 5_000, samplesPerUpload: 300, riders: 40, bikesPerRider: 5 } as const
/** A token names all bikes of its rider, and must fit into a header. */
const probesPerRider = 20
const seconds = Number(process.env.BENCH_SECONDS ?? 60)
/** A store that has just started is slow until its virtual machine has compiled what is used. */
const warmUpSeconds = 60
const probesPerSecond = 4
/** A search costs the store more than a look-up; asking more often would measure the asking. */
const pollMs = { searchable: 50, latest: 10 } as const
const giveUpMs = 15_000

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({ engines, onProgress: progress })
    const store = createTelemetryReader({
      ...elasticsearchOf(engines),
      namespace: platform.namespace,
      log: silent,
    })
    try {
      return await measure(platform, store, progress)
    } finally {
      await store.close()
      await platform.close()
    }
  })

interface Probe {
  readonly searchableMs: number
  readonly latestMs: number
}

async function measure(
  platform: TestPlatform,
  store: TelemetryReader,
  progress: (line: string) => void,
): Promise<BenchResult> {
  const probeCount = (seconds - 1) * probesPerSecond
  const riders = await newRiders(platform, { count: load.riders, bikes: load.bikesPerRider })
  const probers = await newRiders(platform, {
    count: Math.ceil(probeCount / probesPerRider),
    bikes: probesPerRider,
  })
  const sendLoad = createLoad(platform, riders)
  const perSecond = load.samplesPerSecond / load.samplesPerUpload
  progress(`warming up for ${warmUpSeconds} s, then ${seconds} s at ${load.samplesPerSecond} samples/s`)
  await paced({ perSecond, count: Math.round(perSecond * warmUpSeconds), maxUnderWay: 100 }, sendLoad)
  const probes: Probe[] = []
  const [loaded, probed] = await Promise.all([
    paced({ perSecond, count: Math.round(perSecond * seconds), maxUnderWay: 100 }, sendLoad),
    paced({ perSecond: probesPerSecond, count: probeCount, maxUnderWay: 100 }, async (index) => {
      const rider = probers[Math.floor(index / probesPerRider)] as Rider
      probes.push(
        await probe(platform, { store, rider, bikeId: rider.bikeIds[index % probesPerRider] as string }),
      )
    }),
  ])
  const failures = [...loaded.failures, ...probed.failures]
  if (failures.length > 0)
    throw new Error(`${failures.length} uploads or probes failed`, { cause: failures[0] })
  return report(probes, loaded.worstDelayMs)
}

async function newRiders(
  platform: TestPlatform,
  { count, bikes }: { count: number; bikes: number },
): Promise<Rider[]> {
  const riders: Rider[] = []
  for (let i = 0; i < count; i++) riders.push(await platform.newRider({ bikes, consents: true }))
  return riders
}

/** Each upload continues the ride of one of the bikes, in turn, from yesterday on. */
function createLoad(platform: TestPlatform, riders: readonly Rider[]): () => Promise<void> {
  const bikes = riders.flatMap((rider) => rider.bikeIds.map((bikeId) => ({ rider, bikeId })))
  const recorderId = randomUUID()
  const beginMs = Date.now() - 86_400_000
  let uploads = 0
  return async () => {
    const upload = uploads++
    const { rider, bikeId } = bikes[upload % bikes.length] as (typeof bikes)[number]
    const startMs = beginMs + Math.floor(upload / bikes.length) * load.samplesPerUpload * 1000
    await platform.upload(rider, [rideTrack({ bikeId, recorderId, startMs, samples: load.samplesPerUpload })])
  }
}

async function probe(
  platform: TestPlatform,
  { store, rider, bikeId }: { store: TelemetryReader; rider: Rider; bikeId: string },
): Promise<Probe> {
  const startMs = Date.now() - 10_000
  await platform.upload(rider, [rideTrack({ bikeId, recorderId: randomUUID(), startMs, samples: 5 })])
  const acceptedMs = performance.now()
  const window = { bikeId, fromMs: startMs - 60_000, toMs: startMs + 60_000, limit: 1 }
  const [searchableMs, latestMs] = await Promise.all([
    since(acceptedMs, pollMs.searchable, async () => (await store.readSamples(window)).samples.length > 0),
    since(acceptedMs, pollMs.latest, async () => (await latestOf(platform.sql, bikeId)).length > 0),
  ])
  return { searchableMs, latestMs }
}

/** Milliseconds from `startMs` until `isThere` answered yes for the first time. */
async function since(startMs: number, everyMs: number, isThere: () => Promise<boolean>): Promise<number> {
  while (performance.now() - startMs < giveUpMs) {
    if (await isThere()) return performance.now() - startMs
    await sleep(everyMs)
  }
  throw new Error(`a probe was not there after ${giveUpMs} ms`)
}

function report(probes: readonly Probe[], worstDelayMs: number): BenchResult {
  const searchable = probes.map(({ searchableMs }) => searchableMs)
  const latest = probes.map(({ latestMs }) => latestMs)
  const row = (what: string, values: readonly number[]) => ({
    'accepted →': what,
    'p50 ms': Math.round(quantile(values, 0.5)),
    'p90 ms': Math.round(quantile(values, 0.9)),
    'p99 ms': Math.round(quantile(values, 0.99)),
    'max ms': Math.round(Math.max(...values)),
  })
  const goal = (what: string, values: readonly number[], { q, belowMs }: { q: number; belowMs: number }) => {
    const ms = Math.round(quantile(values, q))
    return { what, goal: `< ${belowMs} ms`, measured: `${ms} ms`, reached: ms < belowMs }
  }
  return {
    title: `${probes.length} probes in ${seconds} s at ${load.samplesPerSecond} samples/s in uploads of ${load.samplesPerUpload}, all services on this machine`,
    rows: [row('searchable', searchable), row('latest state', latest)],
    goals: [
      goal('searchable p50', searchable, { q: 0.5, belowMs: 400 }),
      goal('searchable p99', searchable, { q: 0.99, belowMs: 1_000 }),
      goal('latest state p99', latest, { q: 0.99, belowMs: 250 }),
    ],
    figures: {
      ...load,
      seconds,
      probes: probes.length,
      pollMs,
      worstDelayMs,
      searchableMs: searchable,
      latestMs: latest,
    },
  }
}

const silent = { info: () => undefined, warn: () => undefined }

function elasticsearchOf(engines: Readonly<Record<string, string>>) {
  return {
    url: engines.ELASTICSEARCH_URL ?? '',
    username: engines.ELASTICSEARCH_USERNAME ?? '',
    password: engines.ELASTICSEARCH_PASSWORD ?? '',
  }
}
