// Edge, normalize and search of another checkout and of this one, in turns, on the same rides: before and after in one run.
import { startTestIssuer } from '../edge/testing/issuer.ts'
import { type EngineAddresses, withEngines } from '../testkit/with-engines.ts'
import { type Backlog, enoughOf, fill, prepareBacklog } from './backlog.ts'
import { openBarePlatform } from './bare-platform.ts'
import { drainWith } from './drain-processes.ts'
import type { Drained } from './drained.ts'
import { measureEdges } from './edge-processes.ts'
import { prepareUploads, type Uploads } from './edge-uploads.ts'
import { watchEngines } from './engine-cpu.ts'
import { type Bench, type BenchResult, quantile, repositoryDir } from './report.ts'
import { workerStages } from './scale-stages.ts'

const samples = Number(process.env.BENCH_SAMPLES ?? 3_000_000)
const samplesPerTrack = Number(process.env.BENCH_TRACK ?? 300)
const rounds = Number(process.env.BENCH_ROUNDS ?? 4)
const stages = workerStages.filter(({ name }) => name === 'normalize' || name === 'search')

export const run: Bench = ({ tripsDir, againstDir, progress }) =>
  withEngines(progress, async (engines) => {
    if (againstDir === undefined)
      throw new Error('say --against DIR: the other checkout, with its node_modules')
    const sides = [
      { name: 'before', dir: againstDir },
      { name: 'after', dir: repositoryDir },
    ] as const
    const issuer = await startTestIssuer()
    const load = {
      backlog: await prepareBacklog({ samples, samplesPerTrack, tripsDir }),
      uploads: await prepareUploads({ issuer, tripsDir, samplesPerUpload: samplesPerTrack }),
      issuerEnv: issuer.env,
    }
    const measured: Measurement[] = []
    try {
      for (let round = 1; round <= rounds; round++) {
        // Each side goes first in every other round: what runs first meets what the last one has left to the engines.
        for (const { name, dir } of round % 2 === 1 ? sides : sides.toReversed()) {
          progress(`round ${round} of ${rounds}: ${name}`)
          const found = await measureAll(engines, { dir, ...load })
          measured.push(...found.map((each) => ({ side: name, ...each })))
        }
      }
    } finally {
      issuer.close()
    }
    return report(measured, load.backlog)
  })

type StageDrained = Drained & { readonly stage: string }
type Measurement = StageDrained & { readonly side: 'before' | 'after' }

async function measureAll(
  engines: EngineAddresses,
  of: { dir: string; backlog: Backlog; uploads: Uploads; issuerEnv: Readonly<Record<string, string>> },
): Promise<StageDrained[]> {
  const { dir, backlog, uploads, issuerEnv } = of
  const common = { dir, instances: 1, engineSeconds: watchEngines(engines) }
  const platform = await openBarePlatform(engines, () => undefined)
  try {
    const env = { ...platform.env, ...issuerEnv }
    const edge = await measureEdges({ ...common, env, uploads, samplesPerUpload: samplesPerTrack })
    const measured: StageDrained[] = [{ stage: 'edge', ...edge }]
    await fill(platform, backlog)
    for (const stage of stages) {
      const plan = { ...common, ...stage, env: platform.env, enough: enoughOf(stage, backlog) }
      measured.push({ stage: stage.name, ...(await drainWith(plan)) })
    }
    return measured
  } finally {
    await platform.close()
  }
}

const perMillion = ({ counted, cpuSeconds }: Drained) => (cpuSeconds * 1e6) / counted
const perSecond = ({ counted, seconds }: Drained) => counted / seconds

function report(measured: readonly Measurement[], backlog: Backlog): BenchResult {
  const median = (stage: string, side: string, figure: (drained: Drained) => number) =>
    quantile(measured.filter((each) => each.stage === stage && each.side === side).map(figure), 0.5)
  const rows = [...new Set(measured.map(({ stage }) => stage))].map((stage) => {
    const [before, after] = [median(stage, 'before', perMillion), median(stage, 'after', perMillion)]
    return {
      stage,
      'CPU s a million, before': before,
      after,
      ratio: after / before,
      'samples/s, before': Math.round(median(stage, 'before', perSecond)),
      'after ': Math.round(median(stage, 'after', perSecond)),
    }
  })
  return {
    title: `${backlog.samples.toLocaleString('en')} samples in tracks of ${samplesPerTrack}, median of ${rounds} rounds in turns`,
    rows,
    goals: [],
    figures: { rows, measured },
  }
}
