// One run of a scenario: riders made, load sent while everything is sampled, books settled and checked.
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OnProgress, step } from '../../infra/local/index.ts'
import type { Sampled } from '../report/charts.ts'
import type { UploadTotals } from '../report/upload-timeline.ts'
import type { Books } from '../report/verdict.ts'
import type { LoadPlan, LoadRider, LoadSummary } from '../scenarios/plan.ts'
import { flows, type Scenario } from '../scenarios/scenario.ts'
import { type Shape, scaled } from '../scenarios/shape.ts'
import { type Account, readBooks, settle } from './books.ts'
import { createModuleLoad, type ModuleLoad } from './module-load.ts'
import { prepare } from './prepare.ts'
import { createProber, type ProbeResult, type Prober } from './probes.ts'
import { runLoad } from './run-load.ts'
import { startSampler } from './sampler.ts'
import { openTarget, type Target, type TargetOptions } from './target.ts'

export interface RunOptions {
  readonly scenario: Scenario
  readonly seconds: number
  readonly factor: number
  /** The day that is played, where the scenario plays one. */
  readonly date: Date
  readonly k6: string
  readonly environment: TargetOptions['environment']
  readonly engines?: TargetOptions['engines']
  readonly onProgress: OnProgress
  /** Ends the load early; the books are checked all the same. */
  readonly end: AbortSignal
  /** Gives up. */
  readonly signal: AbortSignal
}

export interface RunResult {
  readonly sampled: Sampled
  readonly totals: UploadTotals
  readonly summary: LoadSummary
  readonly probes: ProbeResult
  readonly settledS: number | undefined
  readonly books: Books
  /** Of the samples in the books, those of modules. */
  readonly modulesPublished: number
}

/** Missing the goal of settling is one thing, having lost a sample another: the books wait longer than the goal allows. */
const settlePatience = 3
const firstProbes = 20
const probesAtOnce = 4

export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { scenario, end, signal } = options
  // Until the load has begun, ending it is giving up.
  const early = AbortSignal.any([end, signal])
  const target = await openTarget({ ...options, settings: { ...scenario.edge }, signal: early })
  const folder = await mkdtemp(join(tmpdir(), 'load-'))
  try {
    return await perform(options, target, folder)
  } finally {
    await target.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function perform(options: RunOptions, target: Target, folder: string): Promise<RunResult> {
  const { scenario, seconds, onProgress, signal } = options
  const prefix = `load-${randomBytes(4).toString('hex')}-`
  const planned = flowsOf(options)
  const { riders, probers } = await step(onProgress, 'making riders, bikes, tokens and uploads', () =>
    prepare({ target, scenario, flows: planned, prefix, folder }),
  )
  const modules = await modulesOf(options, target)
  const withinS = settlePatience * scenario.goals.settledWithinS
  const prober = createProber({ target, riders: probers, withinS, signal })
  await step(onProgress, 'warming up', () => warmUp(prober))
  options.end.throwIfAborted()
  const sampler = startSampler(target.services, seconds)
  try {
    const load = await step(onProgress, `load for ${Math.round(seconds)} s`, () =>
      runLoad({ ...options, folder, prober, modules }),
    )
    const totals = load.timeline.totals()
    const probes = prober.result()
    const accounts = accountsOf({ prefix, riders: [...riders, ...probers], totals, probes, modules })
    const isSettled = await step(onProgress, 'waiting until all samples are in the books', () =>
      settle({ target, accounts, withinS, signal }),
    )
    const settledS = isSettled ? (Date.now() - load.endMs) / 1_000 : undefined
    const books = await step(onProgress, 'asking the engines', () => readBooks(target, accounts))
    const sampled: Sampled = {
      startMs: load.startMs,
      loadEndsAtS: (load.endMs - load.startMs) / 1_000,
      uploads: load.timeline.seconds(),
      moments: sampler.moments,
      probes: probes.probes,
      shapes: [planned.rides, planned.kept].filter((shape) => shape !== undefined),
    }
    const modulesPublished = modules?.published() ?? 0
    return { sampled, totals, summary: load.summary, probes, settledS, books, modulesPublished }
  } finally {
    sampler.stop()
  }
}

/** A new platform makes the month's partition first, and its processes compile what they use. */
async function warmUp({ probe }: Prober): Promise<void> {
  for (let i = 0; i < firstProbes; i += probesAtOnce) {
    await Promise.all(Array.from({ length: probesAtOnce }, probe))
  }
}

function accountsOf(of: {
  prefix: string
  riders: readonly LoadRider[]
  totals: UploadTotals
  probes: ProbeResult
  modules: ModuleLoad | undefined
}): Account[] {
  const { totals, probes, modules } = of
  const phones: Account = {
    senders: { prefix: of.prefix },
    bikeIds: of.riders.flatMap(({ bikes }) => bikes.map(({ bikeId }) => bikeId)),
    accepted: totals.samplesAccepted + probes.samplesAccepted,
    inDoubt: totals.samplesInDoubt + probes.samplesInDoubt,
  }
  if (modules === undefined) return [phones]
  const { bikeIds } = modules
  return [phones, { senders: { bikeIds }, bikeIds, accepted: modules.published(), inDoubt: 0 }]
}

function flowsOf({ scenario, seconds, factor, date }: RunOptions): LoadPlan['flows'] {
  const load = scenario.load({ seconds, date })
  return Object.fromEntries(
    flows.flatMap((flow) => {
      const shape: Shape | undefined = load[flow]
      return shape === undefined ? [] : [[flow, scaled(shape, factor)] as const]
    }),
  )
}

async function modulesOf(
  { scenario, factor, onProgress, signal }: RunOptions,
  target: Target,
): Promise<ModuleLoad | undefined> {
  if (scenario.modules === undefined) return undefined
  if (target.env.MQTT_URL === undefined || target.env.DEVICE_AUTHORITY_DIR === undefined) {
    onProgress('no modules: the environment has no MQTT_URL and DEVICE_AUTHORITY_DIR')
    return undefined
  }
  const modules = Math.max(1, Math.round(scenario.modules * factor))
  return step(onProgress, `enrolling ${modules} modules`, () =>
    createModuleLoad({ target, modules, seed: randomInt(2 ** 31), signal }),
  )
}
