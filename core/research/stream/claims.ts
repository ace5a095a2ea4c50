// Which samples a record answers for: those of its track that no other record has claimed. Pure.
import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import type { Claim, SourcePosition } from './port.ts'

/**
 * `claims` are those on the record's track. A record that is read again answers for the same samples again; a later record of
 * the track (search repeated it, or quarantined samples were replayed) answers for what is new in it.
 *
 * Samples 0 to 8 stored, 0 to 3 claimed by another record → 4 to 8.
 */
export function samplesToClaim(
  record: SourcePosition,
  stored: readonly Range[],
  claims: readonly Claim[],
): readonly Range[] {
  const own = claims.find((claim) => isAt(claim, record))
  return own
    ? own.samples
    : without(
        stored,
        claims.flatMap(({ samples }) => samples),
      )
}

export function isAt(a: SourcePosition, b: SourcePosition): boolean {
  return a.partition === b.partition && a.offset === b.offset
}

/** The samples of `ranges` that are in none of `taken`, in order. */
export function without(ranges: readonly Range[], taken: readonly Range[]): Range[] {
  return taken.reduce<Range[]>(
    (left, hole) => left.flatMap((range) => cut(range, hole)),
    [...ranges].sort((a, b) => a.first - b.first),
  )
}

function cut(range: Range, hole: Range): Range[] {
  const end = range.first + range.count
  const before = { first: range.first, count: Math.min(hole.first, end) - range.first }
  const afterFirst = Math.max(hole.first + hole.count, range.first)
  const after = { first: afterFirst, count: end - afterFirst }
  if (before.count >= range.count || after.count >= range.count) return [range]
  return [before, after].filter(({ count }) => count > 0)
}
