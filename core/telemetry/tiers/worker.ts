// The tiers worker looks at the partitions now and then: one loop merges what is quiet and moves what is old, the other takes snapshots.
import type { Logger } from 'pino'
import { Gauge, Registry } from 'prom-client'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { isFragmented, planSnapshots, planSteps, type Step, tierRules, type Watched, watch } from './plan.ts'
import type { StoredIndex, TierStore } from './port.ts'

export interface TierDeps {
  readonly store: TierStore
  readonly metrics: TierMetrics
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly rules?: typeof tierRules
  readonly everyMs?: number
}

/** Merges and moves. A merge may take hours, and is the only step of its round that waits. */
export function createTending({ store, metrics, log, rules = tierRules, everyMs = 60_000 }: TierDeps): Loop {
  let watched: Watched = new Map()

  async function take(step: Step, signal: AbortSignal): Promise<void> {
    if (step.type === 'move') await store.move(step.index, step.tier)
    else await store.merge(step.index, signal)
    log.info(step, step.type === 'move' ? 'moved a partition' : 'merged a partition')
  }

  return createLoop({
    what: 'tending partitions',
    log,
    async round(signal) {
      const indices = await store.readIndices()
      metrics.indices(indices)
      watched = watch(watched, indices, Date.now())
      for (const step of planSteps(indices, { watched, rules, nowMs: Date.now() })) {
        if (signal.aborted) return
        await take(step, signal)
      }
      await rest(everyMs, signal)
    },
  })
}

/** `repository`: as the cluster knows it. */
export function createSnapshots(
  repository: string,
  { store, metrics, log, rules = tierRules, everyMs = 60_000 }: TierDeps,
): Loop {
  return createLoop({
    what: 'taking snapshots',
    log,
    async round(signal) {
      const plan = planSnapshots(await store.readSnapshots(repository), { rules, nowMs: Date.now() })
      metrics.snapshotAgeMs(plan.ageMs)
      if (plan.begin) await store.beginSnapshot(repository, Date.now())
      for (const name of plan.remove) await store.removeSnapshot(repository, name)
      await rest(everyMs, signal)
    },
  })
}

export interface TierMetrics {
  readonly registry: Registry
  indices(indices: readonly StoredIndex[]): void
  snapshotAgeMs(ageMs: number | undefined): void
}

export function createTierMetrics(): TierMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ worker: 'tiers' })
  const registers = [registry]
  const byTier = new Gauge({
    name: 'telemetry_indices',
    help: 'Indices of telemetry by the tier that they ask for',
    labelNames: ['tier'],
    registers,
  })
  const fragmented = new Gauge({
    name: 'telemetry_fragmented_indices',
    help: 'Indices of telemetry that are worth a merge',
    registers,
  })
  const snapshotAge = new Gauge({
    name: 'telemetry_snapshot_age_seconds',
    help: 'Since the newest whole snapshot began; absent without a repository, infinite without a snapshot',
    registers,
  })
  // Absent until there is something to say.
  snapshotAge.remove()
  return {
    registry,
    indices(indices) {
      byTier.reset()
      for (const { tier } of indices) byTier.inc({ tier })
      fragmented.set(indices.filter(isFragmented).length)
    },
    snapshotAgeMs: (ageMs) => snapshotAge.set(ageMs === undefined ? Infinity : ageMs / 1_000),
  }
}
