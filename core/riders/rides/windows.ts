// Which marks of a bike are settled together, when, and which times must be read for it. Pure.
import { chargingFarMs, longestChainMs, restMs } from './movement.ts'
import type { BikeAtWork, Ride, TimeSpan } from './port.ts'

type Mark = BikeAtWork['marks'][number]

/** A rest on both sides proves that a window has whole rides; movement by odometer needs the reading of a minute before. */
const marginMs = restMs + 60_000
/** Marks that reach further are settled in parts. */
const longestStepMs = 24 * 3_600_000
/** An open ride is read again when it has grown as long again, so that its samples are read three times in all. */
const leastPauseMs = 60_000
/** What was stored longer ago and is not found was erased. */
const unseenMs = 60_000
/** A refresh of the index takes less than half a second. */
const surelySeenMs = 5_000
const firstStepMs = 30 * 60_000

/** Marks of so long a time are looked at where there are samples only. */
export const isLong = ({ fromMs, untilMs }: TimeSpan) => untilMs - fromMs > longestStepMs

export interface Cluster extends TimeSpan {
  readonly marks: readonly Mark[]
}

/** The marks that can touch the same rides as the earliest one; their window ends a day after it. */
export function firstCluster(marks: readonly Mark[]): Cluster | undefined {
  const [first, ...rest] = marks.toSorted((a, b) => a.fromMs - b.fromMs)
  if (first === undefined) return undefined
  const of = [first]
  let untilMs = first.untilMs
  for (const mark of rest) {
    if (mark.fromMs - untilMs > 2 * marginMs || mark.fromMs - first.fromMs > longestStepMs) break
    of.push(mark)
    untilMs = Math.max(untilMs, mark.untilMs)
  }
  return { marks: of, fromMs: first.fromMs, untilMs: Math.min(untilMs, first.fromMs + longestStepMs) }
}

/** The marks of which something is left when the cluster is settled. */
export function leftOf({ marks, untilMs }: Cluster): readonly Mark[] {
  return marks.filter((mark) => mark.untilMs > untilMs)
}

/** What must be searchable before the cluster is settled: so many samples of these tracks. Undefined where only time tells. */
export function samplesToSee(
  cluster: Cluster,
  nowMs: number,
): { readonly trackIds: readonly string[]; readonly samples: number } | undefined {
  const isNew = ({ samples, markedAtMs }: Mark) => samples > 0 && nowMs - markedAtMs < surelySeenMs
  if (leftOf(cluster).some(isNew)) return undefined
  const tracks = cluster.marks.filter(
    ({ samples, untilMs, markedAtMs }) =>
      samples > 0 && untilMs <= cluster.untilMs && nowMs - markedAtMs < unseenMs,
  )
  return {
    trackIds: tracks.map(({ markId }) => markId),
    samples: tracks.reduce((sum, { samples }) => sum + samples, 0),
  }
}

export type Step =
  /** The bike rested, and no ride is near. */
  | { readonly type: 'settle' }
  | { readonly type: 'wait'; readonly untilMs: number }
  | { readonly type: 'read' }

/** `rides` are those known near the cluster, `readAtMs` is when the bike was read last. */
export function nextStep(
  cluster: Cluster,
  { rides, readAtMs, nowMs }: { rides: readonly Ride[]; readAtMs: number; nowMs: number },
): Step {
  const touched = rides.filter(
    ({ fromMs, untilMs }) => cluster.fromMs <= untilMs + restMs && cluster.untilMs >= fromMs - restMs,
  )
  const movedAtMs = lastOf(cluster.marks.map((mark) => mark.movedAtMs))
  const isTrack = cluster.marks.every(({ samples }) => samples > 0)
  if (isTrack && movedAtMs === Number.NEGATIVE_INFINITY && touched.length === 0) return { type: 'settle' }
  const [ride] = touched
  if (ride === undefined || touched.length > 1 || ride.end !== 'rest' || mayEnd(ride, cluster))
    return { type: 'read' }
  const closesAtMs = Math.max(ride.closesAtMs, movedAtMs + restMs)
  const grownAtMs = readAtMs + Math.max(leastPauseMs, ride.untilMs - ride.fromMs)
  const untilMs = Math.min(closesAtMs, grownAtMs)
  return nowMs < untilMs ? { type: 'wait', untilMs } : { type: 'read' }
}

/** By what the marks tell; a ride of which they tell nothing new goes on. */
function mayEnd(ride: Ride, { marks }: Cluster): boolean {
  const movedAtMs = lastOf([ride.untilMs, ...marks.map((mark) => mark.movedAtMs)])
  const chargedAtMs = lastOf(marks.map((mark) => mark.chargedAtMs))
  const recordings = new Map(ride.summary.recordings.map((each) => [each.recorderId, each.recordingId]))
  return (
    chargedAtMs > movedAtMs + chargingFarMs ||
    marks.some(({ samples, recording }) => {
      const before = recording && recordings.get(recording.recorderId)
      return samples === 0 || (before !== undefined && before !== recording?.recordingId)
    })
  )
}

function lastOf(timesMs: readonly (number | undefined)[]): number {
  return Math.max(...timesMs.map((timeMs) => timeMs ?? Number.NEGATIVE_INFINITY))
}

/** What is read first: the cluster and the rides that it touches, with a rest on both sides. */
export function windowAround({ fromMs, untilMs }: TimeSpan, rides: readonly Ride[]): TimeSpan {
  return {
    fromMs: Math.min(fromMs, ...rides.map((ride) => ride.fromMs)) - marginMs,
    untilMs: Math.max(untilMs, ...rides.map((ride) => ride.untilMs)) + marginMs,
  }
}

/**
 * The window that must be read after this one; the same where it has whole rides only. `moments` are the times of movement in it, `rides` those
 * known to touch it. A movement that goes on for two days is no ride, and is not followed further.
 */
export function extended(
  window: TimeSpan,
  of: { cluster: TimeSpan; moments: readonly number[]; rides: readonly Ride[] },
): TimeSpan {
  const { cluster, moments, rides } = of
  const [firstMs = Number.POSITIVE_INFINITY, lastMs = Number.NEGATIVE_INFINITY] = [moments[0], moments.at(-1)]
  const inner = { fromMs: window.fromMs + marginMs, untilMs: window.untilMs - marginMs }
  const stepMs = Math.max(firstStepMs, window.untilMs - window.fromMs)
  const around = windowAround(inner, rides)
  const fromMs = firstMs < inner.fromMs ? Math.min(around.fromMs, window.fromMs - stepMs) : around.fromMs
  const untilMs = lastMs > inner.untilMs ? Math.max(around.untilMs, window.untilMs + stepMs) : around.untilMs
  const farthest = windowAround(
    { fromMs: cluster.fromMs - longestChainMs, untilMs: cluster.untilMs + longestChainMs },
    [],
  )
  return {
    fromMs: Math.max(fromMs, Math.min(window.fromMs, farthest.fromMs)),
    untilMs: Math.min(untilMs, Math.max(window.untilMs, farthest.untilMs)),
  }
}
