// Each stage with one process and with two, on the same backlog: what scaling out costs, and what each takes of the engines.
// On two cores, which the engines share, two processes cannot be twice as fast; that their cost per sample stays is the point.
import { startTestIssuer } from '../edge/testing/issuer.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { type Backlog, enoughOf, fill, inSamples, prepareBacklog } from './backlog.ts'
import { openBarePlatform } from './bare-platform.ts'
import { drainWith } from './drain-processes.ts'
import type { Drained } from './drained.ts'
import { measureEdges } from './edge-processes.ts'
import { prepareUploads } from './edge-uploads.ts'
import { type EngineName, watchEngines } from './engine-cpu.ts'
import { type Sizes, sizesOf } from './record-sizes.ts'
import { type Bench, type BenchResult, repositoryDir } from './report.ts'
import { workerStages } from './scale-stages.ts'

const samples = Number(process.env.BENCH_SAMPLES ?? 12_000_000)
/** Modules send shorter tracks than phones. */
const samplesPerTrack = Number(process.env.BENCH_TRACK ?? 300)

export const run: Bench = ({ tripsDir, progress }) =>
  withEngines(progress, async (engines) => {
    const engineSeconds = watchEngines(engines)
    const backlog = await prepareBacklog({ samples, samplesPerTrack, tripsDir })
    const platforms: TestPlatform[] = []
    try {
      for (const _ of processCounts) platforms.push(await openBarePlatform(engines, progress))
      const measured: Measurement[] = []
      progress('edge')
      const issuer = await startTestIssuer()
      const uploads = await prepareUploads({ issuer, tripsDir, samplesPerUpload: samplesPerTrack })
      for (const [i, instances] of processCounts.entries()) {
        const env = { ...(platforms[i] as TestPlatform).env, ...issuer.env }
        const plan = {
          dir: repositoryDir,
          env,
          instances,
          uploads,
          samplesPerUpload: samplesPerTrack,
          engineSeconds,
        }
        measured.push({ stage: 'edge', instances, ...(await measureEdges(plan)) })
      }
      issuer.close()
      for (const platform of platforms) await fill(platform, backlog)
      for (const stage of workerStages) {
        for (const [i, instances] of processCounts.entries()) {
          progress(`${stage.name}, ${instances} of it`)
          const { env } = platforms[i] as TestPlatform
          const drained = await drainWith({
            ...stage,
            dir: repositoryDir,
            env,
            instances,
            enough: enoughOf(stage, backlog),
            engineSeconds,
          })
          measured.push({ stage: stage.name, instances, ...inSamples(stage, drained, backlog) })
          progress(
            `  ${Math.round(drained.counted / drained.seconds)} a second, over ${drained.seconds.toFixed(1)} s`,
          )
        }
      }
      return report(measured, backlog, await sizesOf(platforms[0] as TestPlatform))
    } finally {
      for (const platform of platforms) await platform.close()
    }
  })

const processCounts = [1, 2] as const

interface Measurement extends Drained {
  readonly stage: string
  readonly instances: number
}

const perMillion = ({ counted }: Measurement, seconds: number) => (seconds * 1e6) / counted

function report(measured: readonly Measurement[], backlog: Backlog, sizes: Sizes): BenchResult {
  const engine = (measurement: Measurement, name: EngineName) =>
    Number(perMillion(measurement, measurement.engineSeconds[name]).toFixed(2))
  const ratios = Map.groupBy(measured, ({ stage }) => stage)
  return {
    title: `${backlog.samples.toLocaleString('en')} samples in tracks of ${Math.round(backlog.samples / backlog.tracks.length)}, ${backlog.bikes.length} bikes, 6 partitions; CPU in seconds a million samples`,
    rows: measured.map((measurement) => ({
      stage: measurement.stage,
      processes: measurement.instances,
      'samples/s': Math.round(measurement.counted / measurement.seconds),
      CPU: Number(perMillion(measurement, measurement.cpuSeconds).toFixed(2)),
      'CPU of Kafka': engine(measurement, 'kafka'),
      Elasticsearch: engine(measurement, 'elasticsearch'),
      PostgreSQL: engine(measurement, 'postgres'),
      'peak MiB': Math.round(measurement.peakMiB),
      partitions: measurement.partitions.join(' + ') || '–',
      shares: measurement.shares.map((share) => `${Math.round(share * 100)} %`).join(' + '),
    })),
    goals: [...ratios].map(([stage, [one, two]]) => {
      const cpu = (each: Measurement | undefined) => (each ? perMillion(each, each.cpuSeconds) : Number.NaN)
      const ratio = cpu(two) / cpu(one)
      return {
        what: `${stage}: CPU a sample with two processes against one`,
        goal: '≤ 1.3',
        measured: ratio.toFixed(2),
        reached: ratio <= 1.3,
      }
    }),
    figures: { samples: backlog.samples, tracks: backlog.tracks.length, samplesPerTrack, sizes, measured },
  }
}
