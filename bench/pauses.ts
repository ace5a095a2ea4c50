// How long partitions paused while processes came and went, from how long each track waited. Pure.
import { quantile } from './report.ts'

export interface Wait {
  readonly partition: number
  readonly writtenAtMs: number
  readonly seconds: number
}

export interface Pause {
  /** Seconds: the longest of a partition, and the median of the partitions' longest. */
  readonly worst: number
  readonly median: number
  readonly partitions: number
}

/** What a change stops may have been written shortly before it. */
const beforeMs = 1_000

/** One a change, in their order. Throws an Error that names a change during which no track was written. */
export function pausesOf(
  changes: readonly { readonly what: string; readonly atMs: number }[],
  waits: readonly Wait[],
): Pause[] {
  return changes.map(({ what, atMs }, i) => {
    const untilMs = changes[i + 1]?.atMs ?? Number.POSITIVE_INFINITY
    const during = waits.filter(
      ({ writtenAtMs }) => writtenAtMs >= atMs - beforeMs && writtenAtMs < untilMs - beforeMs,
    )
    if (during.length === 0) throw new Error(`no track was written while ${what}: nothing is measured`)
    const byPartition = [...Map.groupBy(during, ({ partition }) => partition).values()]
    const longest = byPartition.map((list) => Math.max(...list.map(({ seconds }) => seconds)))
    return { worst: Math.max(...longest), median: quantile(longest, 0.5), partitions: longest.length }
  })
}
