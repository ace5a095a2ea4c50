// From what was sampled to the few numbers that goals are about. Pure.
import type { Moment } from '../run/sampler.ts'
import type { UploadSecond } from './upload-timeline.ts'

/** By the nearest rank; undefined of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** Of probes: the 99th percentile from acknowledged to searchable after that moment over that before; undefined where one has none. */
export function floodedOverQuiet(
  probes: readonly { readonly atMs: number; readonly searchableMs: number }[],
  beganAtMs: number,
): number | undefined {
  const p99 = (isFlood: boolean) =>
    quantile(
      probes.flatMap(({ atMs, searchableMs }) => (atMs >= beganAtMs === isFlood ? searchableMs : [])),
      0.99,
    )
  const [quiet, flooded] = [p99(false), p99(true)]
  return quiet === undefined || flooded === undefined ? undefined : flooded / quiet
}

/**
 * By service: the median memory of the last quarter over that of the second one; the first is for warming up. Undefined of a
 * service that said nothing in one of them.
 */
export function memoryGrowth(moments: readonly Moment[]): Record<string, number | undefined> {
  const quarter = Math.floor(moments.length / 4)
  const medianOf = (some: readonly Moment[], service: string) =>
    quantile(
      some.flatMap(({ services }) => services[service]?.memoryBytes ?? []),
      0.5,
    )
  return Object.fromEntries(
    namesOf(moments).map((service) => {
      const early = medianOf(moments.slice(quarter, 2 * quarter), service)
      const late = medianOf(moments.slice(-quarter), service)
      return [service, early === undefined || late === undefined ? undefined : late / early] as const
    }),
  )
}

/** By service: for how many moments in a row it said nothing, at worst; infinite if it never said anything. */
export function silences(moments: readonly Moment[]): Record<string, number> {
  const longest = (service: string) => {
    let worst = 0
    let row = 0
    for (const { services } of moments) {
      row = services[service] === undefined ? row + 1 : 0
      worst = Math.max(worst, row)
    }
    return worst === moments.length ? Number.POSITIVE_INFINITY : worst
  }
  return Object.fromEntries(namesOf(moments).map((service) => [service, longest(service)]))
}

function namesOf(moments: readonly Moment[]): string[] {
  return Object.keys(moments[0]?.services ?? {})
}

/** Attempts whose slowest twentieth takes so many times the usual time are not answered as usual. */
const slowdown = 3
const slowAtLeastMs = 1_000

/**
 * Seconds from the end of a spike to the last second in which phones were refused, got no answer or waited unusually long; 0
 * when there was none. Infinite when that is the run's last second: it has not recovered. Undefined when nobody sent anything
 * before or after the spike: there is nothing to compare.
 */
export function recoveryS(
  seconds: readonly UploadSecond[],
  spike: { beginsAtS: number; endsAtS: number },
): number | undefined {
  const usualMs = quantile(
    seconds.filter(({ atS }) => atS < spike.beginsAtS).flatMap(({ p95Ms }) => p95Ms ?? []),
    0.5,
  )
  const after = seconds.filter(({ atS }) => atS >= spike.endsAtS)
  if (usualMs === undefined || after.length === 0) return undefined
  const slowMs = Math.max(slowAtLeastMs, slowdown * usualMs)
  const isBad = ({ byStatus, p95Ms = 0 }: UploadSecond) =>
    Object.keys(byStatus).some((status) => status !== '202') || p95Ms > slowMs
  const lastBad = after.findLast(isBad)
  if (lastBad === undefined) return 0
  return lastBad === after.at(-1) ? Number.POSITIVE_INFINITY : lastBad.atS + 1 - spike.endsAtS
}
