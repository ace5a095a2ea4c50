// How long an answer takes a rider with 300 rides.
import { estimateDuration } from '../../core/riders/estimates/duration.ts'
import type { RoutePoint, TrainingRide } from '../../core/riders/estimates/port.ts'
import { estimateRange } from '../../core/riders/estimates/range.ts'
import { shippedPrior } from '../../core/riders/estimates/shipped-prior.ts'
import { quantile } from '../report.ts'

const calls = 300
/** The just-in-time compiler is at work in these. */
const warmUp = 30

/** Milliseconds by question: on the clock, and of this process's CPU, which other programs lengthen less. */
export function answerTimes(rides: readonly TrainingRide[]) {
  const nowMs = (rides.at(-1)?.startMs ?? 0) + 1
  const route = routeOf(40_000)
  const range = {
    nowMs,
    rides,
    batteries: [{ chargePct: 100, nominalWh: 500 }],
    reservePct: 10,
    conditions: {},
  }
  return {
    usualWay: timesOf(() => estimateRange(range, shippedPrior)),
    alongRoute: timesOf(() => estimateRange({ ...range, route }, shippedPrior)),
    duration: timesOf(() => estimateDuration({ nowMs, rides, conditions: {}, route }, shippedPrior)),
  }
}

function timesOf(ask: () => unknown) {
  const wallMs: number[] = []
  const cpuMs: number[] = []
  for (let i = 0; i < warmUp + calls; i++) {
    const startMs = performance.now()
    const cpu = process.cpuUsage()
    ask()
    const { user, system } = process.cpuUsage(cpu)
    wallMs.push(performance.now() - startMs)
    cpuMs.push((user + system) / 1_000)
  }
  const of = (values: number[]) => ({
    p50: quantile(values.slice(warmUp), 0.5),
    p99: quantile(values.slice(warmUp), 0.99),
  })
  return { wallMs: of(wallMs), cpuMs: of(cpuMs) }
}

/** To the north over hills, a point each 10 m. */
function routeOf(lengthM: number): RoutePoint[] {
  return Array.from({ length: lengthM / 10 + 1 }, (_, i) => ({
    latitudeDeg: 53 + (i * 10) / 111_195,
    longitudeDeg: -6,
    heightM: 50 + 30 * Math.sin(i / 200),
  }))
}
