// What may go wrong in a chaos run, and in which order it does. Pure: the same seed gives the same plan.
import { createRandom, type Random } from '../../simulator/index.ts'

export const engineNames = ['kafka', 'elasticsearch', 'postgres', 'rabbitmq'] as const
export type EngineName = (typeof engineNames)[number]

/** `kill`: SIGKILL, restarted after some seconds. `stop`: SIGSTOP, later SIGCONT. `full disk`: no byte is left, later freed. */
export const faultKinds = ['kill', 'stop', 'full disk'] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  /** An engine or a process of the platform, by its name. */
  readonly target: string
  readonly kind: FaultKind
}

export interface Scene {
  /** Everything that can be killed and stopped. */
  readonly targets: readonly string[]
  /** Those of them whose disk can be made full. */
  readonly disks: readonly string[]
}

/**
 * Each fault there is, before any comes again. First every target suffers once, then every target in another way; the order
 * and the ways are drawn from the seed.
 */
export function planFaults(scene: Scene, { seed, count }: { seed: number; count: number }): Fault[] {
  if (scene.targets.length === 0) return []
  const plan: Fault[] = []
  for (let round = 0; plan.length < count; round++) {
    plan.push(...faultsOfRound(scene, createRandom(seed).fork(`round ${round}`)))
  }
  return plan.slice(0, count)
}

function faultsOfRound(scene: Scene, random: Random): Fault[] {
  const ways = new Map(scene.targets.map((target) => [target, shuffled(kindsOf(target, scene), random)]))
  return faultKinds.flatMap((_, turn) =>
    shuffled(scene.targets, random).flatMap((target) => {
      const kind = ways.get(target)?.[turn]
      return kind === undefined ? [] : [{ target, kind }]
    }),
  )
}

function kindsOf(target: string, { disks }: Scene): readonly FaultKind[] {
  return faultKinds.filter((kind) => kind !== 'full disk' || disks.includes(target))
}

/** Fisher and Yates. */
function shuffled<T>(things: readonly T[], random: Random): T[] {
  const order = [...things]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    ;[order[i], order[j]] = [order[j] as T, order[i] as T]
  }
  return order
}
