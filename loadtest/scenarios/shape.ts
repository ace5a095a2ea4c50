// How a load rises and falls: a rate over time, in pieces of straight lines. Pure.

/** The rate moves in a straight line, within so many seconds, to `perSecond`. */
interface Step {
  readonly seconds: number
  readonly perSecond: number
}

export interface Shape {
  readonly fromPerSecond: number
  readonly steps: readonly Step[]
}

export function constant(perSecond: number, seconds: number): Shape {
  return { fromPerSecond: perSecond, steps: [{ seconds, perSecond }] }
}

/**
 * Rises for a minute, or for a quarter of a shorter run, and stays: processes that have just started are slow until their
 * virtual machines have compiled what is used, and what waits then would be there for the rest of the run.
 */
export function rising(perSecond: number, seconds: number): Shape {
  const rampS = Math.min(60, seconds / 4)
  return {
    fromPerSecond: perSecond / 5,
    steps: [
      { seconds: rampS, perSecond },
      { seconds: seconds - rampS, perSecond },
    ],
  }
}

/** As much at the second `atS` as `demand` says of the share of the time that has passed. */
export function sampled(of: { seconds: number; steps: number; demand: (share: number) => number }): Shape {
  const { seconds, steps, demand } = of
  return {
    fromPerSecond: demand(0),
    steps: Array.from({ length: steps }, (_, i) => ({
      seconds: seconds / steps,
      perSecond: demand((i + 1) / steps),
    })),
  }
}

/** `base`, then within seconds `times` as much, and back again. */
export function spike(of: { base: number; times: number; seconds: number }): Shape {
  const { base, times, seconds } = of
  const rampS = Math.min(3, seconds / 20)
  const peak = base * times
  return {
    fromPerSecond: base,
    steps: [
      { seconds: seconds * 0.25, perSecond: base },
      { seconds: rampS, perSecond: peak },
      { seconds: seconds * 0.25, perSecond: peak },
      { seconds: rampS, perSecond: base },
      { seconds: seconds * 0.5 - 2 * rampS, perSecond: base },
    ],
  }
}

export function scaled({ fromPerSecond, steps }: Shape, factor: number): Shape {
  return {
    fromPerSecond: fromPerSecond * factor,
    steps: steps.map(({ seconds, perSecond }) => ({ seconds, perSecond: perSecond * factor })),
  }
}

export function secondsOf({ steps }: Shape): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** What comes together over the whole shape. */
export function totalOf({ fromPerSecond, steps }: Shape): number {
  let before = fromPerSecond
  let total = 0
  for (const { seconds, perSecond } of steps) {
    total += (seconds * (before + perSecond)) / 2
    before = perSecond
  }
  return total
}

export function rateAt({ fromPerSecond, steps }: Shape, atS: number): number {
  let before = fromPerSecond
  let leftS = atS
  for (const { seconds, perSecond } of steps) {
    if (leftS < seconds) return before + (perSecond - before) * (leftS / seconds)
    leftS -= seconds
    before = perSecond
  }
  return leftS > 0 ? 0 : before
}

export function peakOf({ fromPerSecond, steps }: Shape): number {
  return Math.max(fromPerSecond, ...steps.map(({ perSecond }) => perSecond))
}
