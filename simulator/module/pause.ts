// How long a module waits before it connects again. Pure.
import type { Random } from '../random.ts'

const firstMs = 1_000
const longestMs = 120_000

/** Grows with the failures in a row; the jitter is whole, so that a fleet that lost its broker does not come back in step. */
export function pauseMs(failures: number, random: Pick<Random, 'between'>): number {
  const boundMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20))
  return Math.round(random.between(firstMs / 10, boundMs))
}
