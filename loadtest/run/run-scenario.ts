// One run of a scenario: riders made, load sent while everything is sampled, books settled and checked.
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OnProgress, step } from '../../infra/local/index.ts'
import type { Sampled } from '../report/charts.ts'
import type { Books } from '../report/check-books.ts'
import { acceptedOf } from '../report/upload-answers.ts'
import type { UploadTotals } from '../report/upload-timeline.ts'
import type { LoadPlan, LoadRider, LoadSummary } from '../scenarios/plan.ts'
import { type Extent, plannedFlows, plannedModules } from '../scenarios/planned.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { type Account, readBooks, settle } from './books.ts'
import { createFlood, type Flood } from './flood.ts'
import { createModuleLoad, type ModuleLoad } from './module-load.ts'
import { prepare } from './prepare.ts'
import { createProber, type ProbeResult, type Prober } from './probes.ts'
import { runLoad } from './run-load.ts'
import { startSampler } from './sampler.ts'
import { openTarget, type Target, type TargetOptions } from './target.ts'

export interface RunOptions extends Extent {
  readonly scenario: Scenario
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
  readonly plan: LoadPlan
  /** Not all of the plan was sent. */
  readonly endedEarly: boolean
  readonly sampled: Sampled
  readonly totals: UploadTotals
  readonly summary: LoadSummary
  readonly probes: ProbeResult
  readonly settledS: number | undefined
  readonly books: Books
  /** Undefined where nobody floods, or the load ended before. */
  readonly flood:
    | { readonly beganAtMs: number; readonly uploaded: number; readonly published: number }
    | undefined
  /** Modules that have published, and how many samples; undefined where there are none. */
  readonly modules: { readonly publishing: number; readonly samples: number } | undefined
}

/** Missing the goal of settling is one thing, having lost a sample another: the books wait longer than the goal allows. */
const settlePatience = 3
const firstProbes = 20
const probesAtOnce = 4

export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { scenario, end, signal } = options
  const planned = plannedFlows(scenario, options)
  // Until the load has begun, ending it is giving up.
  const early = AbortSignal.any([end, signal])
  const target = await openTarget({ ...options, settings: { ...scenario.edge }, signal: early })
  const folder = await mkdtemp(join(tmpdir(), 'load-'))
  try {
    return await perform(options, { target, planned, folder })
  } finally {
    await target.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function perform(
  options: RunOptions,
  { target, planned, folder }: { target: Target; planned: LoadPlan['flows']; folder: string },
): Promise<RunResult> {
  const { scenario, seconds, onProgress, signal } = options
  const prefix = `load-${randomBytes(4).toString('hex')}-`
  const { plan, riders, probers } = await step(onProgress, 'making riders, bikes, tokens and uploads', () =>
    prepare({ target, scenario, flows: planned, prefix, folder }),
  )
  const modules = await modulesOf(options, target)
  const flood = await floodOf(options, { target, prefix })
  const withinS = settlePatience * scenario.goals.settledWithinS
  const prober = createProber({ target, riders: probers, withinS, signal })
  await step(onProgress, 'warming up', () => warmUp(prober))
  options.end.throwIfAborted()
  const sampler = startSampler(target.services, seconds)
  try {
    const load = await step(onProgress, `load for ${Math.round(seconds)} s`, () =>
      runLoad({ ...options, folder, prober, modules, flood }),
    )
    const totals = load.timeline.totals()
    const probes = prober.result()
    const accounts = accountsOf({ prefix, riders: [...riders, ...probers], totals, probes, modules, flood })
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
    const { summary, endedEarly } = load
    return {
      ...{ plan, endedEarly, sampled, totals, summary, probes, settledS, books },
      ...{ modules: heardOf(modules), flood: floodedBy(flood) },
    }
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
  flood: Flood | undefined
}): Account[] {
  const { totals, probes, modules, flood } = of
  const riders = [...of.riders, ...(flood ? [flood.rider] : [])]
  const phones: Account = {
    senders: { prefix: of.prefix },
    bikeIds: riders.flatMap(({ bikes }) => bikes.map(({ bikeId }) => bikeId)),
    answers: new Map([...totals.uploads, ...probes.uploads, ...(flood?.uploads ?? [])]),
  }
  const loads = [modules, flood?.module].filter((load) => load !== undefined)
  return [
    phones,
    ...loads.map(({ bikeIds, published }) => ({ senders: { bikeIds }, bikeIds, answers: published })),
  ]
}

function floodedBy(flood: Flood | undefined): RunResult['flood'] {
  const beganAtMs = flood?.beganAtMs()
  if (flood === undefined || beganAtMs === undefined) return undefined
  return { beganAtMs, uploaded: acceptedOf(flood.uploads), published: acceptedOf(flood.module.published) }
}

async function floodOf(
  { scenario, seconds, onProgress, signal }: RunOptions,
  { target, prefix }: { target: Target; prefix: string },
): Promise<Flood | undefined> {
  const perSecond = scenario.floodPerSecond
  if (perSecond === undefined) return undefined
  const afterMs = (1_000 * seconds) / 2
  const seed = randomInt(2 ** 31)
  return step(onProgress, 'making who floods', () =>
    createFlood({ target, prefix: `${prefix}flood-`, perSecond, afterMs, seed, signal }),
  )
}

function heardOf(modules: ModuleLoad | undefined): RunResult['modules'] {
  if (modules === undefined) return undefined
  const { published } = modules
  return { publishing: published.size, samples: acceptedOf(published) }
}

async function modulesOf(
  { scenario, factor, onProgress, signal }: RunOptions,
  target: Target,
): Promise<ModuleLoad | undefined> {
  const modules = plannedModules(scenario, factor)
  if (modules === undefined) return undefined
  if (target.env.MQTT_URL === undefined || target.env.DEVICE_AUTHORITY_DIR === undefined) {
    onProgress('no modules: the environment has no MQTT_URL and DEVICE_AUTHORITY_DIR')
    return undefined
  }
  return step(onProgress, `enrolling ${modules} modules`, () =>
    createModuleLoad({ target, modules, seed: randomInt(2 ** 31), signal }),
  )
}
