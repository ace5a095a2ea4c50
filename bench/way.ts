// What the whole way of a sample costs, from its upload into every store: CPU of each service and each engine under a steady load of
// many bikes.
import { setTimeout as sleep } from 'node:timers/promises'
import { metrics } from '../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../testkit/platform/platform.ts'
import { memoryOf } from '../testkit/process-memory.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { watchEngines } from './engine-cpu.ts'
import { paced } from './paced.ts'
import { processCpuSeconds } from './process-cpu.ts'
import type { Bench, BenchResult } from './report.ts'
import { createSteadyLoad, newRiders, steadyUploads, uploadsPerSecond } from './steady-load.ts'

/** A token names all bikes of its rider, and must fit into a header. Half of the riders consent to research. */
const load = { ...steadyUploads, riders: 334, bikesPerRider: 20 } as const
const seconds = Number(process.env.BENCH_SECONDS ?? 120)
/** A store that has just started is slow until its virtual machine has compiled what is used. */
const warmUpSeconds = Number(process.env.BENCH_WARM_UP_SECONDS ?? 60)
const drainedWithinMs = 300_000
const goals = { elasticsearch: 25, analytics: 2, edgeMiB: 200 } as const

/** CPU seconds by who used them. */
type Seconds = Readonly<Record<string, number>>

interface Measured {
  readonly samples: number
  readonly perMillion: Seconds
  readonly memoryMiB: Readonly<Record<string, number>>
  readonly worstDelayMs: number
}

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({ engines, onProgress: progress })
    try {
      return report(await measure(platform, watchEngines(engines), progress))
    } finally {
      await platform.close()
    }
  })

async function measure(
  platform: TestPlatform,
  engineSeconds: () => Seconds,
  progress: (line: string) => void,
): Promise<Measured> {
  progress(`making ${load.riders * load.bikesPerRider} bikes`)
  const half = { count: load.riders / 2, bikes: load.bikesPerRider }
  const riders = [
    ...(await newRiders(platform, half)),
    ...(await newRiders(platform, { ...half, consents: true })),
  ]
  await platform.bikesKnown()
  const send = createSteadyLoad(platform, riders)
  const during = (spanS: number) =>
    paced(
      { perSecond: uploadsPerSecond, count: Math.round(uploadsPerSecond * spanS), maxUnderWay: 100 },
      send,
    )
  const used = (): Seconds => ({
    ...engineSeconds(),
    ...Object.fromEntries(
      Object.entries(platform.services).map(([name, { pid }]) => [name, processCpuSeconds(pid)]),
    ),
  })
  progress(`warming up for ${warmUpSeconds} s, then ${seconds} s at ${load.samplesPerSecond} samples/s`)
  await during(warmUpSeconds)
  await untilStored(platform, warmUpSeconds)
  const before = used()
  const { failures, worstDelayMs } = await during(seconds)
  if (failures.length > 0) throw new Error(`${failures.length} uploads failed`, { cause: failures[0] })
  await untilStored(platform, warmUpSeconds + seconds)
  const after = used()
  const samples = Math.round(uploadsPerSecond * seconds) * load.samplesPerUpload
  const perMillion = Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (1e6 * (value - (before[name] ?? 0))) / samples]),
  )
  return { samples, perMillion, memoryMiB: memoryOf(platform.services), worstDelayMs }
}

/** Until search has stored all samples of so many seconds, and those behind it have had a moment for theirs. */
async function untilStored({ env }: TestPlatform, spanS: number): Promise<void> {
  const expected = Math.round(uploadsPerSecond * spanS) * load.samplesPerUpload
  const endMs = performance.now() + drainedWithinMs
  while ((await metrics(env.SEARCH_URL ?? ''))('worker_samples_total', 'outcome="stored"') < expected) {
    if (performance.now() > endMs) throw new Error(`not all samples were stored in ${drainedWithinMs} ms`)
    await sleep(500)
  }
  await sleep(5_000)
}

function report({ samples, perMillion, memoryMiB, worstDelayMs }: Measured): BenchResult {
  const engines = ['kafka', 'elasticsearch', 'postgres']
  const of = (names: readonly string[]) => names.reduce((sum, name) => sum + (perMillion[name] ?? 0), 0)
  const ours = Object.keys(perMillion).filter((name) => !engines.includes(name) && name !== 'issuer')
  const row = (who: string, cpu: number) => ({
    who,
    'CPU s a million samples': cpu,
    MiB: who in memoryMiB ? Math.round(memoryMiB[who] as number) : '',
  })
  const goal = (what: string, value: number, most: number, unit: string) => ({
    ...{ what, goal: `≤ ${most} ${unit}`, measured: `${value.toPrecision(3)} ${unit}` },
    reached: value <= most,
  })
  return {
    title: `${samples} samples of ${load.riders * load.bikesPerRider} bikes at ${load.samplesPerSecond}/s in uploads of ${load.samplesPerUpload}, all on this machine; the load was ${Math.round(worstDelayMs)} ms late at worst`,
    rows: [
      ...ours.sort((a, b) => of([b]) - of([a])).map((name) => row(name, of([name]))),
      row('all of ours', of(ours)),
      ...engines.map((name) => row(name, of([name]))),
    ],
    goals: [
      goal("Elasticsearch's own CPU", of(['elasticsearch']), goals.elasticsearch, 's'),
      goal('the research stream', of(['analytics']), goals.analytics, 's'),
      goal("the edge's memory", memoryMiB.edge ?? Number.NaN, goals.edgeMiB, 'MiB'),
    ],
    figures: { ...load, seconds, samples, perMillion, memoryMiB, worstDelayMs },
  }
}
