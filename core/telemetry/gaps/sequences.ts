// Which numbers of a recorder's tracks are missing. Pure: the same numbers seen in any order, with any repetition, leave
// the same ones missing.

/** Missing numbers, [first, end). */
export interface Gap {
  readonly first: number
  readonly end: number
  readonly noticedAtMs: number
  /** When the module was asked for its full state because of it. */
  readonly stateAskedAtMs: number | undefined
}

/** All numbers of [first, next) were seen or are in a gap; gaps rise and do not touch. Nothing was seen while first = next. */
export interface Sequences {
  readonly first: number
  readonly next: number
  readonly gaps: readonly Gap[]
}

/** Of a recorder with more gaps the oldest are forgotten: it counts wrongly, or what it lost will not come back. */
export const mostGaps = 100

/** Where numbering starts is the recorder's matter: the first number seen, until a lower one comes. */
export function beginAt(sequence: number): Sequences {
  return { first: sequence, next: sequence, gaps: [] }
}

/**
 * The numbers that are missing once `seen` have been seen too. Returns `known` itself, or its `gaps`, where nothing changes.
 *
 * 1 to 3 known, 5 and 6 seen → first 1, next 7, a gap [4, 5).
 */
export function see(known: Sequences, seen: readonly number[], nowMs: number): Sequences {
  const sequences = seen
    .toSorted((a, b) => a - b)
    .reduce((before, each) => seeOne(before, each, nowMs), known)
  if (sequences.gaps.length <= mostGaps) return sequences
  return { ...sequences, gaps: sequences.gaps.slice(-mostGaps) }
}

function seeOne(known: Sequences, sequence: number, nowMs: number): Sequences {
  const { first, next, gaps } = known
  if (sequence >= next) {
    return { first, next: sequence + 1, gaps: withGap(gaps, { first: next, end: sequence, nowMs }) }
  }
  if (sequence < first) {
    return { first: sequence, next, gaps: withGap(gaps, { first: sequence + 1, end: first, nowMs }) }
  }
  const at = gaps.findIndex((gap) => gap.first <= sequence && sequence < gap.end)
  const gap = gaps[at]
  if (gap === undefined) return known
  const rest = [
    { ...gap, end: sequence },
    { ...gap, first: sequence + 1 },
  ].filter(({ first: from, end }) => from < end)
  return { first, next, gaps: gaps.toSpliced(at, 1, ...rest) }
}

/** `gaps` themselves when nothing lies between. */
function withGap(
  gaps: readonly Gap[],
  { first, end, nowMs }: { first: number; end: number; nowMs: number },
): readonly Gap[] {
  if (first === end) return gaps
  return [...gaps, { first, end, noticedAtMs: nowMs, stateAskedAtMs: undefined }].toSorted(
    (a, b) => a.first - b.first,
  )
}
