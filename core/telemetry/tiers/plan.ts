// When a month is merged, moved to a cheaper tier and put into a snapshot. Pure.
import type { Snapshot, StoredIndex, Tier } from './port.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface TierRules {
  /** Without a write for so long, a month that has ended is quiet. */
  readonly quietMs: number
  /** From the end of its month. */
  readonly warmAfterMs: number
  readonly coldAfterMs: number
  readonly snapshotEveryMs: number
  /** The newest whole one stays, however old it is. */
  readonly snapshotsKeptMs: number
}

/** Snapshots age out in the thirty days after which no store may hold erased samples. */
export const tierRules: TierRules = {
  quietMs: hourMs,
  warmAfterMs: 60 * dayMs,
  coldAfterMs: 400 * dayMs,
  snapshotEveryMs: dayMs,
  snapshotsKeptMs: 30 * dayMs,
}

/** The writes of each index as they were seen, and since when there was no other one. */
export type Watched = ReadonlyMap<string, { readonly writes: number; readonly sinceMs: number }>

export function watch(known: Watched, indices: readonly StoredIndex[], nowMs: number): Watched {
  return new Map(
    indices.map(({ name, writes }) => {
      const before = known.get(name)
      return [name, before?.writes === writes ? before : { writes, sinceMs: nowMs }]
    }),
  )
}

/** A merge writes the whole month anew, so a few late samples are not worth one: `[900, 60]` yes, `[1000, 3, 2]` no. */
export function isFragmented({ segments }: Pick<StoredIndex, 'segments'>): boolean {
  const documents = segments.reduce((sum, each) => sum + each, 0)
  const beside = documents - Math.max(0, ...segments)
  return segments.length >= mostSegments || beside > documents * mostBeside
}

const mostSegments = 10
const mostBeside = 0.05

/** `2026-01` on 5 March 2026, sixty days after its end, is due for `warm`. */
export function tierOf({ endMs }: Pick<StoredIndex, 'endMs'>, rules: TierRules, nowMs: number): Tier {
  if (nowMs - endMs >= rules.coldAfterMs) return 'cold'
  return nowMs - endMs >= rules.warmAfterMs ? 'warm' : 'hot'
}

export type Step =
  | { readonly type: 'merge'; readonly index: string }
  | { readonly type: 'move'; readonly index: string; readonly tier: Tier }

const mostMoves = 4

/**
 * What is due now: a few moves, and then one merge, oldest month first. A quiet month is merged where it is, on the faster disks, before it moves;
 * one that late samples keep awake moves as it is, and is merged where it then lies.
 */
export function planSteps(
  indices: readonly StoredIndex[],
  { watched, rules, nowMs }: { watched: Watched; rules: TierRules; nowMs: number },
): Step[] {
  const ended = indices.filter(({ endMs }) => endMs <= nowMs).sort((a, b) => a.endMs - b.endMs)
  const isDue = (index: StoredIndex) =>
    isFragmented(index) && nowMs - (watched.get(index.name)?.sinceMs ?? nowMs) >= rules.quietMs
  const moves = ended
    .filter((index) => tierOf(index, rules, nowMs) !== index.tier && !isDue(index))
    .slice(0, mostMoves)
    .map((index): Step => ({ type: 'move', index: index.name, tier: tierOf(index, rules, nowMs) }))
  const merges = ended
    .filter(isDue)
    .slice(0, 1)
    .map(({ name }): Step => ({ type: 'merge', index: name }))
  return [...moves, ...merges]
}

export interface SnapshotPlan {
  readonly begin: boolean
  readonly remove: readonly string[]
  /** Since the newest whole one began; undefined without any. */
  readonly ageMs: number | undefined
}

/**
 * Oldest first, as the store tells them. A broken one is repeated at the next look, and stays until another begins, so that somebody can
 * see why.
 */
export function planSnapshots(
  snapshots: readonly Snapshot[],
  { rules, nowMs }: { rules: TierRules; nowMs: number },
): SnapshotPlan {
  const newest = snapshots.findLast(({ state }) => state === 'whole')
  const ageMs = newest === undefined ? undefined : nowMs - newest.startedAtMs
  const isUnderWay = snapshots.some(({ state }) => state === 'under way')
  const isOver = ({ state, startedAtMs }: Snapshot) =>
    state === 'broken' || (state === 'whole' && nowMs - startedAtMs >= rules.snapshotsKeptMs)
  return {
    begin: !isUnderWay && (ageMs === undefined || ageMs >= rules.snapshotEveryMs),
    remove: snapshots
      .slice(0, -1)
      .filter((each) => each !== newest && isOver(each))
      .map(({ name }) => name),
    ageMs,
  }
}
