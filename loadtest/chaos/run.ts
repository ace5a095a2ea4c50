// One chaos run: load, fault after fault with its healing in between, then the books.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Env, OnProgress } from '../../infra/local/index.ts'
import { waitUntil } from '../../testkit/wait.ts'
import { openBooks, takeAccounts } from './accounts.ts'
import { allServices, type ChaosEnvironment, openChaosEnvironment } from './environment.ts'
import { type Fault, planFaults, type Scene } from './faults.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { type Healing, untilHealed } from './healing.ts'
import { type FaultTimes, inflict } from './inflict.ts'
import { type ChaosReport, type FaultResult, reportOf } from './report.ts'
import { keepServices, type ServiceKeeper } from './service-keeper.ts'
import { chooseTargets } from './targets.ts'
import { createTruth } from './truth.ts'
import { underLoad } from './under-load.ts'

export interface ChaosOptions {
  readonly seed: number
  /** A run with fewer has failed. */
  readonly leastFaults: number
  readonly mostFaults: number
  /** No fault is begun later. */
  readonly withinMs: number
  readonly times: FaultTimes
  readonly phones: number
  readonly modules: number
  readonly dataDir: string
  readonly namespace: string
  /** Addresses of engines that are used as they are; without, private ones are started and suffer too. */
  readonly engines?: Env
  /** What may suffer, of all that the environment has; all by default. A name that it does not have fails the run. */
  readonly targets?: readonly string[]
  readonly smallDisks: boolean
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

const healsWithinMs = 480_000
const settlesWithinMs = 300_000
/** So that faults meet a platform under way, not one that has just come to rest. */
const betweenFaultsMs = 1_500

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const environment = await openChaosEnvironment(options)
  try {
    return await play(environment, options)
  } finally {
    await environment.stop()
  }
}

async function play(environment: ChaosEnvironment, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, onProgress, signal } = options
  const scene = sceneOf(environment, options)
  const truth = createTruth()
  const fleet = await createFleet({
    environment,
    truth,
    seed,
    phones: options.phones,
    modules: options.modules,
  })
  const services = allServices(environment)
  const keeper = keepServices({ services, onProgress })
  const startedMs = performance.now()
  try {
    const faults = await underLoad({ ride: fleet.ride, signal }, (whileRiding) =>
      suffer({ ...options, environment, scene, fleet, keeper, startedMs, signal: whileRiding }),
    )
    const settling = { withinMs: settlesWithinMs, everyMs: 500, signal }
    onProgress(`${truth.samples()} samples were recorded; waiting until all of them have come to their end`)
    await waitUntil(() => fleet.waiting(), settling)
    await waitUntil(() => openBooks(environment, truth), settling).catch((error: unknown) =>
      onProgress(String(error)),
    )
    onProgress('asking the engines')
    return reportOf({
      seed,
      seconds: (performance.now() - startedMs) / 1_000,
      leastFaults: options.leastFaults,
      faults,
      recorded: truth.samples(),
      rejected: fleet.rejected(),
      ended: keeper.ended(),
      accounts: await takeAccounts(environment, truth),
    })
  } finally {
    await Promise.all([fleet.stop(), keeper.stop()])
  }
}

interface Suffering extends ChaosOptions {
  readonly environment: ChaosEnvironment
  readonly scene: Scene
  readonly fleet: Fleet
  readonly keeper: ServiceKeeper
  readonly startedMs: number
}

/** Ends early when a fault does not heal: the next one would show nothing. */
async function suffer(options: Suffering): Promise<FaultResult[]> {
  const { scene, seed, mostFaults, startedMs, withinMs, onProgress, signal } = options
  const results: FaultResult[] = []
  const healed = (sinceMs: number) => untilHealed({ ...options, sinceMs, withinMs: healsWithinMs })
  // The clocks of all recorders are judged while nothing is wrong, and all partitions are made.
  const before = await healed(performance.now())
  if (!before.healed) throw new Error(`the platform does not work: ${before.missing.join('; ')}`)
  onProgress('the platform is up and works')
  for (const fault of planFaults(scene, { seed, count: mostFaults })) {
    const atMs = performance.now() - startedMs
    if (atMs > withinMs) break
    await sleep(betweenFaultsMs, undefined, { signal })
    const healing = await healed(await inflict(fault, options))
    results.push({ ...fault, atSeconds: atMs / 1_000, healing })
    onProgress(`fault ${results.length}: ${inWords(fault, healing)}`)
    if (!healing.healed) break
  }
  return results
}

function sceneOf({ services, engines, disks }: ChaosEnvironment, { targets }: ChaosOptions): Scene {
  const present = [...Object.values(services).map(({ name }) => name), ...engines.keys()]
  return { targets: chooseTargets(present, targets), disks: [...disks.keys()] }
}

function inWords({ target, kind }: Fault, healing: Healing): string {
  const end = healing.healed
    ? `healed in ${healing.seconds.toFixed(1)} s`
    : `NOT healed: ${healing.missing.join('; ')}`
  return `${kind} of ${target}, ${end}`
}
