// Frozen copy of simulator/random.ts of 29 November 2026.

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  between(low: number, high: number): number
  /** Both bounds inclusive. */
  integer(low: number, high: number): number
  /** Mean 0, standard deviation 1. */
  normal(): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** A generator of its own for one purpose: what is drawn there changes nothing here. */
  fork(purpose: string): Random
}

/** mulberry32 by Tommy Ettinger (public domain): https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + (high - low) * next()
  const integer = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    integer,
    // Box and Muller; 1 - next() is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
    pick: (choices) => {
      const choice = choices[integer(0, choices.length - 1)]
      if (choice === undefined) throw new RangeError('nothing to pick from')
      return choice
    },
    fork: (purpose) => createRandom(hash(seed, purpose)),
  }
}

/** FNV-1a over the purpose, started from the seed. */
function hash(seed: number, purpose: string): number {
  let value = 0x811c9dc5 ^ seed
  for (let i = 0; i < purpose.length; i++) value = Math.imul(value ^ purpose.charCodeAt(i), 0x01000193)
  return value
}
