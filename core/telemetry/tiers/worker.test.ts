import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { tierRules } from './plan.ts'
import type { StoredIndex, TierStore } from './port.ts'
import { createSnapshots, createTending, createTierMetrics } from './worker.ts'

const log = { info: () => undefined, warn: () => undefined }
const old: StoredIndex = { name: 'old', endMs: 0, tier: 'cold', segments: [5, 5], writes: 1 }

function fakeStore(given: Partial<TierStore>): TierStore & { readonly done: string[] } {
  const done: string[] = []
  return {
    done,
    readIndices: async () => [old],
    merge: async (index) => void done.push(`merge ${index}`),
    move: async (index, tier) => void done.push(`move ${index} ${tier}`),
    readSnapshots: async () => [],
    beginSnapshot: async (repository) => void done.push(`snapshot into ${repository}`),
    removeSnapshot: async (_, name) => void done.push(`remove ${name}`),
    ...given,
  }
}

async function runUntil(loops: readonly { run(signal: AbortSignal): Promise<void> }[], isSo: () => boolean) {
  const stopped = new AbortController()
  const running = loops.map((loop) => loop.run(stopped.signal))
  await expect.poll(isSo).toBe(true)
  stopped.abort()
  await Promise.all(running)
}

test('a repository that is away holds up no merge, and says so', async () => {
  const store = fakeStore({
    readSnapshots: async () => {
      throw new Error('[backup] missing')
    },
  })
  const metrics = createTierMetrics()
  const deps = { store, metrics, log, everyMs: 1, rules: { ...tierRules, quietMs: 0 } }
  const snapshots = createSnapshots('backup', deps)
  await runUntil(
    [createTending(deps), snapshots],
    () => store.done.length > 0 && snapshots.trouble() !== undefined,
  )
  expect(store.done[0]).toBe('merge old')
  expect(snapshots.trouble()).toBe('taking snapshots: [backup] missing')
  const shown = await metrics.registry.metrics()
  expect(shown).toContain('telemetry_indices{tier="cold",worker="tiers"} 1')
  expect(shown).toContain('telemetry_fragmented_indices{worker="tiers"} 1')
  expect(shown).not.toContain('telemetry_snapshot_age_seconds{')
})

test('a stop does not wait for a merge', async () => {
  let isMerging = false
  const merge = async (_: string, signal: AbortSignal) => {
    isMerging = true
    await delay(600_000, undefined, { signal })
  }
  const deps = { store: fakeStore({ merge }), metrics: createTierMetrics(), log, everyMs: 1 }
  await runUntil([createTending({ ...deps, rules: { ...tierRules, quietMs: 0 } })], () => isMerging)
})

test('without a snapshot its age is infinite', async () => {
  const store = fakeStore({})
  const metrics = createTierMetrics()
  await runUntil(
    [createSnapshots('backup', { store, metrics, log, everyMs: 1 })],
    () => store.done.length > 0,
  )
  expect(store.done[0]).toBe('snapshot into backup')
  expect(await metrics.registry.metrics()).toContain('telemetry_snapshot_age_seconds{worker="tiers"} +Inf')
})
