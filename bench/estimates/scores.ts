// How good predictions were: MAPE, coverage, width, pinball loss, and how sure that is.
import type { Quantiles } from '../../core/riders/estimates/port.ts'
import { quantile } from '../report.ts'
import { createRandom } from './frozen/random.ts'

/** One ride that was predicted before it was seen. */
export interface Judged {
  /** What is drawn as one by the bootstrap: a rider in the simulator, a ride in the recording. */
  readonly cluster: string
  readonly truth: number
  readonly ours: Quantiles
  /** Points of simpler methods, by name. */
  readonly baselines: Readonly<Record<string, number>>
}

/** All in percent, but for `n` and the losses, which are in the unit of the truth. */
export interface Score {
  readonly n: number
  readonly mape: number
  readonly mape95: readonly [number, number]
  /** Share of truths between P10 and P90. */
  readonly coverage: number
  /** Median of (P90 - P10) / P50. */
  readonly width: number
  /** Mean over P10, P50 and P90. */
  readonly pinball: number
  readonly baselines: Readonly<Record<string, BaselineScore>>
}

interface BaselineScore {
  readonly mape: number
  readonly mape95: readonly [number, number]
  /** Its MAPE less ours, drawn in pairs. */
  readonly more95: readonly [number, number]
  /** With the quantiles of its own errors on these very rides: better than it could have known. */
  readonly pinball: number
}

const bootstraps = 2_000
const shares = [0.1, 0.5, 0.9] as const

export function scoreOf(judged: readonly Judged[]): Score {
  const { ours, baselines } = pointsOf(judged)
  const resample = resampler(judged.map(({ cluster }) => cluster))
  const oursDrawn = resample(ours)
  const inside = judged.filter(({ truth, ours: { p10, p90 } }) => truth >= p10 && truth <= p90)
  return {
    n: judged.length,
    mape: percent(meanOf(ours)),
    mape95: interval(oursDrawn),
    coverage: percent(inside.length / judged.length),
    width: percent(
      quantile(
        judged.map(({ ours: { p10, p50, p90 } }) => (p90 - p10) / p50),
        0.5,
      ),
    ),
    pinball: meanOf(judged.map(({ truth, ours: of }) => pinball(truth, [of.p10, of.p50, of.p90]))),
    baselines: Object.fromEntries(
      Object.entries(baselines).map(([name, errors]) => {
        const drawn = resample(errors)
        return [
          name,
          {
            mape: percent(meanOf(errors)),
            mape95: interval(drawn),
            more95: interval(drawn.map((mape, i) => mape - (oursDrawn[i] as number))),
            pinball: pinballInHindsight(judged, name),
          },
        ]
      }),
    ),
  }
}

/** Absolute relative errors, ride by ride. */
function pointsOf(judged: readonly Judged[]) {
  const error = (truth: number, point: number) => Math.abs(point / truth - 1)
  const names = Object.keys(judged[0]?.baselines ?? {})
  return {
    ours: judged.map(({ truth, ours }) => error(truth, ours.p50)),
    baselines: Object.fromEntries(
      names.map((name) => [name, judged.map((one) => error(one.truth, one.baselines[name] as number))]),
    ),
  }
}

function pinballInHindsight(judged: readonly Judged[], name: string): number {
  const pointOf = (one: Judged) => one.baselines[name] as number
  const ratios = judged.map((one) => one.truth / pointOf(one))
  const factors = shares.map((share) => quantile(ratios, share))
  return meanOf(
    judged.map((one) =>
      pinball(
        one.truth,
        factors.map((factor) => factor * pointOf(one)),
      ),
    ),
  )
}

function pinball(truth: number, quantiles: readonly number[]): number {
  return meanOf(
    shares.map((share, i) => {
      const off = truth - (quantiles[i] as number)
      return Math.max(share * off, (share - 1) * off)
    }),
  )
}

/** Means of 2,000 draws of clusters with replacement; each list of values is drawn alike. */
function resampler(clusters: readonly string[]): (values: readonly number[]) => number[] {
  const groups = [...Map.groupBy(clusters.keys(), (i) => clusters[i] as string).values()]
  const random = createRandom(20261129)
  const draws = Array.from({ length: bootstraps }, () =>
    groups.map(() => groups[random.integer(0, groups.length - 1)] as number[]),
  )
  return (values) =>
    draws.map((drawn) => {
      let sum = 0
      let n = 0
      for (const group of drawn) {
        for (const i of group) sum += values[i] as number
        n += group.length
      }
      return sum / n
    })
}

const interval = (values: readonly number[]) =>
  [percent(quantile(values, 0.025)), percent(quantile(values, 0.975))] as const
const percent = (share: number) => Math.round(1_000 * share) / 10
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
