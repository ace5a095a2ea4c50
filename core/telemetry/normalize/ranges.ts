// Samples of a track by position, gathered into ranges.

import type { Range } from '../contracts/clean-samples.ts'

/** The positions 0 … samples-1, grouped by what `verdictOf` says of each. */
export function rangesBy<V>(samples: number, verdictOf: (index: number) => V): Map<V, Range[]> {
  const groups = new Map<V, Range[]>()
  let first = 0
  while (first < samples) {
    const verdict = verdictOf(first)
    let end = first + 1
    while (end < samples && verdictOf(end) === verdict) end++
    const group = groups.get(verdict) ?? []
    group.push({ first, count: end - first })
    groups.set(verdict, group)
    first = end
  }
  return groups
}
