// Does a fault to its target, holds it for its time, and lifts it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../../infra/local/index.ts'
import { waitUntil } from '../../testkit/wait.ts'
import type { ChaosEnvironment } from './environment.ts'
import type { EngineName, Fault } from './faults.ts'
import type { KeptEngine } from './kept-engine.ts'
import { signalTree } from './process-tree.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { stopTree } from './stop-tree.ts'

export interface FaultTimes {
  /** From SIGKILL to the restart of a service; engines have a supervisor with a time of its own. */
  readonly killedMs: number
  readonly stoppedMs: number
  readonly fullDiskMs: number
}

export interface Inflicting {
  readonly environment: ChaosEnvironment
  readonly keeper: ServiceKeeper
  readonly times: FaultTimes
  readonly signal: AbortSignal
}

const restartedWithinMs = 30_000

/** Resolves with the moment (`performance.now()`) from which on everything could be well again. */
export async function inflict({ target, kind }: Fault, context: Inflicting): Promise<number> {
  const { environment, times, signal } = context
  const engine = environment.engines.get(target as EngineName)
  if (kind === 'full disk') return fillDisk(target as EngineName, context)
  if (kind === 'kill') {
    return engine === undefined
      ? killService(serviceOf(target, environment), context)
      : killEngine(engine, signal)
  }
  const goOn = stopTree(engine === undefined ? serviceOf(target, environment).identity : engine.identity())
  try {
    await sleep(times.stoppedMs, undefined, { signal })
  } finally {
    goOn()
  }
  return performance.now()
}

async function killService(service: Service, { keeper, times, signal }: Inflicting): Promise<number> {
  return keeper.during(service, async () => {
    service.kill('SIGKILL')
    await sleep(times.killedMs, undefined, { signal })
    const liftedMs = performance.now()
    await service.restart()
    return liftedMs
  })
}

async function killEngine(engine: KeptEngine, signal: AbortSignal): Promise<number> {
  const killedMs = performance.now()
  signalTree(engine.identity(), 'SIGKILL')
  const missing = async () =>
    engine.startedAtMs() > killedMs ? [] : [`nobody has started ${engine.name} again`]
  await waitUntil(missing, { withinMs: restartedWithinMs, everyMs: 50, signal })
  return engine.startedAtMs()
}

async function fillDisk(name: EngineName, { environment, times, signal }: Inflicting): Promise<number> {
  const disk = environment.disks.get(name)
  if (disk === undefined) throw new Error(`${name} has no disk of its own`)
  await disk.fill({ forMs: times.fullDiskMs, signal })
  const engine = environment.engines.get(name)
  // Without room its queues' log ends, and some queues stay without a leader in a node that says it is well: whoever gives
  // room restarts it (docs/operations.md, Disk).
  return name === 'rabbitmq' && engine !== undefined ? killEngine(engine, signal) : performance.now()
}

function serviceOf(name: string, { services }: ChaosEnvironment): Service {
  const service = Object.values(services).find((one) => one.name === name)
  if (service === undefined) throw new Error(`there is no ${name}`)
  return service
}
