// The charts of a report, from what was sampled. Pure.
import type { Probe } from '../run/probes.ts'
import type { Moment } from '../run/sampler.ts'
import { rateAt, type Shape } from '../scenarios/shape.ts'
import type { Chart, Line } from './chart.ts'
import { type Reading, readings } from './readings.ts'
import type { UploadSecond } from './upload-timeline.ts'

export interface Sampled {
  /** Unix milliseconds of second 0. */
  readonly startMs: number
  readonly loadEndsAtS: number
  readonly uploads: readonly UploadSecond[]
  readonly moments: readonly Moment[]
  readonly probes: readonly Probe[]
  /** Of phones; what the scenario wants to be sent. */
  readonly shapes: readonly Shape[]
}

export function chartsOf(sampled: Sampled): Chart[] {
  const { loadEndsAtS } = sampled
  const charts: Omit<Chart, 'loadEndsAtS'>[] = [
    { title: 'Answers to uploads', unit: 'ms, accepted ones', lines: latencies(sampled) },
    { title: 'Attempts by status', unit: 'per second', lines: statuses(sampled) },
    { title: 'Samples', unit: 'per second', lines: perService(sampled, 'samples', 1) },
    { title: 'Freshness', unit: 's after the acknowledgement', lines: freshness(sampled) },
    { title: 'Lag', unit: 'records', lines: perService(sampled, 'lagRecords', 1) },
    { title: 'Age of the lag', unit: 's', lines: perService(sampled, 'lagSeconds', 1) },
    { title: 'Queues of the broker', unit: 'messages', lines: perService(sampled, 'queueMessages', 1) },
    { title: 'Uploads at hand', unit: 'KiB', lines: perService(sampled, 'inFlightBytes', 1 / 2 ** 10) },
    { title: 'Memory', unit: 'MiB', lines: perService(sampled, 'memoryBytes', 1 / 2 ** 20) },
    { title: 'CPU', unit: 'cores', lines: perService(sampled, 'cpuSeconds', 1) },
    { title: 'Event loop lag', unit: 'ms, p99', lines: perService(sampled, 'eventLoopLagMs', 1) },
  ]
  return charts.filter(({ lines }) => lines.length > 0).map((chart) => ({ ...chart, loadEndsAtS }))
}

function latencies({ uploads }: Sampled): Line[] {
  const line = (name: string, of: (second: UploadSecond) => number | undefined): Line => ({
    name,
    points: uploads.flatMap((second) => {
      const value = of(second)
      return value === undefined ? [] : [[second.atS, value] as const]
    }),
  })
  return [
    line('p50', ({ p50Ms }) => p50Ms),
    line('p95', ({ p95Ms }) => p95Ms),
    line('p99', ({ p99Ms }) => p99Ms),
  ]
}

/** Seconds in which nothing came count as zero. */
function statuses({ uploads, shapes, loadEndsAtS }: Sampled): Line[] {
  const seconds = new Map(uploads.map((second) => [second.atS, second]))
  const all = Array.from({ length: Math.ceil(loadEndsAtS) }, (_, atS) => atS)
  const names = [...new Set(uploads.flatMap(({ byStatus }) => Object.keys(byStatus)))].sort()
  const planned = all.map((atS) => [atS, shapes.reduce((sum, shape) => sum + rateAt(shape, atS), 0)] as const)
  return [
    ...names.map((status) => ({
      name: status === '0' ? 'no answer' : status,
      points: all.map((atS) => [atS, seconds.get(atS)?.byStatus[status] ?? 0] as const),
    })),
    { name: 'as planned, without retries', points: planned },
  ]
}

function freshness({ probes, startMs }: Sampled): Line[] {
  const inTime = probes.toSorted((a, b) => a.atMs - b.atMs)
  const line = (name: string, of: (probe: Probe) => number): Line => ({
    name,
    isScattered: true,
    points: inTime
      .filter(({ atMs }) => atMs >= startMs)
      .map((probe) => [(probe.atMs - startMs) / 1_000, of(probe) / 1_000] as const),
  })
  return [
    line('searchable', ({ searchableMs }) => searchableMs),
    line('latest state', ({ latestMs }) => latestMs),
  ]
}

/** A line a service that has the reading; counters as what they grow by in a second. */
function perService({ moments, startMs }: Sampled, reading: Reading, scale: number): Line[] {
  const names = Object.keys(moments[0]?.services ?? {})
  return names.flatMap((name) => {
    const points = moments.flatMap(({ atMs, services }) => {
      const value = services[name]?.[reading]
      return value === undefined ? [] : [{ atS: (atMs - startMs) / 1_000, value: value * scale }]
    })
    const isSilent = points.every(({ value }) => value === 0)
    if (points.length === 0 || isSilent) return []
    const drawn = readings[reading].counts ? growth(points) : points
    return [
      { name, points: drawn.filter(({ atS }) => atS >= 0).map(({ atS, value }) => [atS, value] as const) },
    ]
  })
}

type Timed = { readonly atS: number; readonly value: number }

/** A counter that falls belongs to a process that was started anew. */
function growth(points: readonly Timed[]): Timed[] {
  return points.slice(1).map(({ atS, value }, i) => {
    const before = points[i] as Timed
    return { atS, value: Math.max(0, value - before.value) / (atS - before.atS) }
  })
}
