// The statistics of field errors: exact intervals of rates, an exact test, and a correction for many comparisons.
import { compiled, igami, incbet, incbi } from 'cephes'

await compiled

export const confidence = 0.95
const tail = (1 - confidence) / 2

export interface Interval {
  readonly from: number
  readonly until: number
}

/** Clopper–Pearson: the share of which `hits` of `trials` are a sample. C. J. Clopper, E. S. Pearson, Biometrika 26 (1934). */
export function proportionInterval(hits: number, trials: number): Interval {
  const misses = trials - hits
  return {
    from: hits === 0 ? 0 : incbi(hits, misses + 1, tail),
    until: misses === 0 ? 1 : incbi(hits + 1, misses, 1 - tail),
  }
}

/** Garwood: the mean of a Poisson distribution of which `count` is a sample. F. Garwood, Biometrika 28 (1936). */
export function countInterval(count: number): Interval {
  return {
    from: count === 0 ? 0 : igami(count, 1 - tail),
    until: igami(count + 1, tail),
  }
}

export interface Comparison {
  readonly hits: number
  readonly exposure: number
  /** All others together. */
  readonly otherHits: number
  readonly otherExposure: number
}

/**
 * How probable so many hits or more are, if they come as often per exposure as among all others: given the sum of hits,
 * their number is binomial with the share of the exposure. J. Przyborowski, H. Wilenski, Biometrika 31 (1940).
 */
export function excessProbability({ hits, exposure, otherHits, otherExposure }: Comparison): number {
  if (hits === 0) return 1
  // P(X ≥ hits) of a binomial distribution, as an incomplete beta function: exact also in the far tail.
  return incbet(hits, otherHits + 1, exposure / (exposure + otherExposure))
}

/**
 * Holm's adjusted p-values, in the order given: rejecting those up to α keeps the probability of even one false rejection
 * below α, however the tests depend on each other. S. Holm, Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p)
  const adjusted = new Array<number>(pValues.length)
  let greatest = 0
  for (const [rank, { p, index }] of ascending.entries()) {
    greatest = Math.max(greatest, Math.min(1, p * (pValues.length - rank)))
    adjusted[index] = greatest
  }
  return adjusted
}
