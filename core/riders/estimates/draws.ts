// Chance that repeats itself: equal inputs give equal draws.
import { createHash } from '../../runtime/digest.ts'
import type { Quantiles } from './port.ts'

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Mean 0, standard deviation 1. */
  normal(): number
}

/** A generator whose draws follow from `content`, any JSON value. */
export function randomOf(content: unknown): Random {
  const seed = createHash('sha256').update(JSON.stringify(content)).digest().readInt32LE()
  // mulberry32 by Tommy Ettinger (public domain): https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  // Box and Muller; 1 - next() is never 0.
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return { next, normal }
}

/** Gamma of rate 1; `shape` of 1 or more. G. Marsaglia, W. W. Tsang, ACM Transactions on Mathematical Software 26 (2000). */
export function drawGamma(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = random.normal()
    const v = (1 + c * normal) ** 3
    if (v > 0 && Math.log(1 - random.next()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

/** P10, P50 and P90 of draws, to so many digits behind the point. */
export function quantilesOfDraws(values: readonly number[], digits: number): Quantiles {
  const ascending = Float64Array.from(values).sort()
  const at = (share: number) => round(ascending[Math.floor(share * ascending.length)] as number, digits)
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
