// How long after its 202 a sample is searchable in Elasticsearch and in the latest state, under a steady load.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTelemetryReader, type TelemetryReader } from '../core/engines/elasticsearch/index.ts'
import { latestOf } from '../core/engines/postgres/telemetry/latest-store.ts'
import { elasticsearchOf } from '../testkit/environment.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import { memoryOf } from '../testkit/process-memory.ts'
import { type EngineAddresses, withEngines } from '../testkit/with-engines.ts'
import { paced } from './paced.ts'
import { type Bench, type BenchResult, quantile } from './report.ts'
import { createSteadyLoad, newRiders, steadyUploads, uploadsPerSecond } from './steady-load.ts'

const load = { ...steadyUploads, riders: 40, bikesPerRider: 5 } as const
/** A token names all bikes of its rider, and must fit into a header. */
const probesPerRider = 20
const seconds = Number(process.env.BENCH_SECONDS ?? 60)
/** A store that has just started is slow until its virtual machine has compiled what is used. */
const warmUpSeconds = 60
const probesPerSecond = 4
/** A search costs the store more than a look-up; asking more often would measure the asking. */
const pollMs = { searchable: 50, latest: 10 } as const
const giveUpMs = 15_000

/** Each service of core in a process of its own, then all of them in one. */
const forms = ['apart', 'together'] as const
type Form = (typeof forms)[number]

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const measured: Measured[] = []
    for (const form of forms) measured.push({ form, ...(await measureForm({ form, engines, progress })) })
    return report(measured)
  })

const silent = { info: () => undefined, warn: () => undefined }

async function measureForm(of: {
  form: Form
  engines: EngineAddresses
  progress: (line: string) => void
}): Promise<Omit<Measured, 'form'>> {
  const { form, engines, progress } = of
  const platform = await openTestPlatform({ engines, together: form === 'together', onProgress: progress })
  const store = createTelemetryReader({
    ...elasticsearchOf(engines),
    namespace: platform.namespace,
    log: silent,
  })
  try {
    const measured = await measure(platform, store, progress)
    return { ...measured, memoryMiB: memoryOf(platform.services) }
  } finally {
    await store.close()
    await platform.close()
  }
}

interface Measured {
  readonly form: Form
  readonly probes: readonly Probe[]
  readonly worstDelayMs: number
  readonly memoryMiB: Readonly<Record<string, number>>
}

interface Probe {
  readonly searchableMs: number
  readonly latestMs: number
}

async function measure(
  platform: TestPlatform,
  store: TelemetryReader,
  progress: (line: string) => void,
): Promise<Pick<Measured, 'probes' | 'worstDelayMs'>> {
  const probeCount = (seconds - 1) * probesPerSecond
  const riders = await newRiders(platform, {
    count: load.riders,
    bikes: load.bikesPerRider,
    consents: true,
  })
  const probers = await newRiders(platform, {
    count: Math.ceil(probeCount / probesPerRider),
    bikes: probesPerRider,
    consents: true,
  })
  const sendLoad = createSteadyLoad(platform, riders)
  progress(`warming up for ${warmUpSeconds} s, then ${seconds} s at ${load.samplesPerSecond} samples/s`)
  await paced(
    { perSecond: uploadsPerSecond, count: Math.round(uploadsPerSecond * warmUpSeconds), maxUnderWay: 100 },
    sendLoad,
  )
  const probes: Probe[] = []
  const [loaded, probed] = await Promise.all([
    paced(
      { perSecond: uploadsPerSecond, count: Math.round(uploadsPerSecond * seconds), maxUnderWay: 100 },
      sendLoad,
    ),
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
  return { probes, worstDelayMs: loaded.worstDelayMs }
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

function report(measured: readonly Measured[]): BenchResult {
  const row = (what: string, values: readonly number[], memoryMiB: Measured['memoryMiB']) => ({
    'accepted →': what,
    'p50 ms': at(values, 0.5),
    'p90 ms': at(values, 0.9),
    'p99 ms': at(values, 0.99),
    'max ms': Math.round(Math.max(...values)),
    'all processes, MiB': Math.round(Object.values(memoryMiB).reduce((sum, each) => sum + each, 0)),
  })
  const of = (form: Form, figure: keyof Probe) =>
    measured.filter((each) => each.form === form).flatMap(({ probes }) => probes.map((each) => each[figure]))
  const goal = (what: string, figure: keyof Probe, { q, belowMs }: { q: number; belowMs: number }) => {
    const [together, apart] = [at(of('together', figure), q), at(of('apart', figure), q)]
    const said = `${together} ms (apart: ${apart} ms)`
    return [
      { what, goal: `< ${belowMs} ms`, measured: said, reached: together < belowMs },
      {
        what: `${what}, together against apart`,
        goal: 'no worse',
        measured: said,
        reached: together <= apart,
      },
    ]
  }
  const [{ probes } = { probes: [] }] = measured
  return {
    title: `${probes.length} probes in ${seconds} s at ${load.samplesPerSecond} samples/s in uploads of ${load.samplesPerUpload}, all on this machine; services of core apart, then together`,
    rows: measured.flatMap(({ form, memoryMiB }) => [
      row(`searchable, ${form}`, of(form, 'searchableMs'), memoryMiB),
      row(`latest state, ${form}`, of(form, 'latestMs'), memoryMiB),
    ]),
    goals: [
      ...goal('searchable p50', 'searchableMs', { q: 0.5, belowMs: 400 }),
      ...goal('searchable p99', 'searchableMs', { q: 0.99, belowMs: 1_000 }),
      ...goal('latest state p99', 'latestMs', { q: 0.99, belowMs: 250 }),
    ],
    figures: { ...load, seconds, pollMs, measured },
  }
}

const at = (values: readonly number[], q: number): number => Math.round(quantile(values, q))
