// Reads bikes' days and faults from tracks. Pure.
import type { FieldKey } from '../../../proto/index.ts'
import type { CleanSamples } from '../../telemetry/contracts/clean-samples.ts'
import type { BikeDay, FaultEvent, OdometerWay } from './port.ts'

/** From "error" on; a warning is no field error. */
const leastSeverity = 3
const dayMs = 24 * 60 * 60 * 1000

export interface Observations {
  readonly faults: readonly FaultEvent[]
  readonly days: readonly BikeDay[]
}

/**
 * Both lists are one a key, in the order of their keys, so that concurrent writers cannot deadlock. Nothing is kept of a
 * track that belongs to no rider: nobody could consent to its use.
 *
 * Two tracks of one recorder on one day, odometers 5 to 7 km and 7 to 9 km → one day, 5 to 9 km.
 */
export function observe(tracks: Iterable<CleanSamples>): Observations {
  const faults = new Map<string, FaultEvent>()
  const days = new Map<string, BikeDay>()
  for (const samples of tracks) {
    if (samples.riderId === '') continue
    for (const fault of faultsOf(samples)) {
      faults.set(`${fault.bikeId} ${fault.recorderId} ${String(fault.atMs).padStart(16, '0')}`, fault)
    }
    for (const day of daysOf(samples)) {
      const key = `${day.bikeId} ${day.day} ${day.recorderId} ${day.riderId}`
      days.set(key, widen(days.get(key), day))
    }
  }
  return { faults: inKeyOrder(faults), days: inKeyOrder(days) }
}

function* faultsOf(samples: CleanSamples): Generator<FaultEvent> {
  const { track, riderId } = samples
  const { bikeId, recorderId } = track
  const codes = columnOf(samples, 'fault_code')
  const severities = columnOf(samples, 'fault_severity')
  const active = columnOf(samples, 'fault_active')
  for (const { index, atMs } of instants(samples)) {
    const code = codes?.[index] ?? Number.NaN
    const severity = severities?.[index] ?? Number.NaN
    const isActive = active?.[index] === 1
    const isEnd = active?.[index] === 0
    const isError = severity >= leastSeverity || (isEnd && Number.isNaN(severity))
    if (Number.isNaN(code) || !isError || !(isActive || isEnd)) continue
    yield { bikeId, recorderId, atMs, riderId, code, severity: severity || 0, active: isActive }
  }
}

function daysOf(samples: CleanSamples): BikeDay[] {
  const { bikeId, recorderId } = samples.track
  const odometer = columnOf(samples, 'odometer_m')
  const seen = new Map<number, { firstAtMs: number; lastAtMs: number; ways: OdometerWay[]; last?: Reading }>()
  for (const { index, atMs } of instants(samples)) {
    const number = Math.floor(atMs / dayMs)
    const day = seen.get(number) ?? { firstAtMs: atMs, lastAtMs: atMs, ways: [] }
    seen.set(number, day)
    day.firstAtMs = Math.min(day.firstAtMs, atMs)
    day.lastAtMs = Math.max(day.lastAtMs, atMs)
    const cm = odometer?.[index] ?? Number.NaN
    if (Number.isNaN(cm)) continue
    if (day.last !== undefined && isRidden(day.last, { atMs, cm }))
      day.ways.push({ from: day.last.cm, until: cm })
    day.last = { atMs, cm }
  }
  return [...seen].map(([number, { firstAtMs, lastAtMs, ways }]) => ({
    ...{ bikeId, recorderId, riderId: samples.riderId, firstAtMs, lastAtMs },
    day: new Date(number * dayMs).toISOString().slice(0, 10),
    odometerCm: united(ways),
  }))
}

interface Reading {
  readonly atMs: number
  readonly cm: number
}

/** A reading that is lower, or higher than any bike can have got to, is of another counter: the display was exchanged, or set. A display may round to 100 m. */
const fastestCmPerMs = 150 / 36
const coarsestCm = 10_000

function isRidden(before: Reading, { atMs, cm }: Reading): boolean {
  const way = cm - before.cm
  return way > 0 && way <= coarsestCm + fastestCmPerMs * (atMs - before.atMs)
}

/** 5 to 7, 7 to 9, 1 to 2 → 1 to 2, 5 to 9. */
function united(ways: readonly OdometerWay[]): OdometerWay[] {
  const apart: OdometerWay[] = []
  for (const way of ways.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1)
    if (last !== undefined && way.from <= last.until) {
      apart[apart.length - 1] = { from: last.from, until: Math.max(last.until, way.until) }
    } else apart.push(way)
  }
  return apart
}

function* instants({ track, clockOffsetMs, ranges }: CleanSamples) {
  for (const { first, count } of ranges) {
    for (let index = first; index < first + count; index++) {
      yield { index, atMs: (track.timesMs[index] as number) + clockOffsetMs }
    }
  }
}

/** One day that covers both. */
function widen(known: BikeDay | undefined, day: BikeDay): BikeDay {
  if (known === undefined) return day
  return {
    ...day,
    firstAtMs: Math.min(known.firstAtMs, day.firstAtMs),
    lastAtMs: Math.max(known.lastAtMs, day.lastAtMs),
    odometerCm: united([...known.odometerCm, ...day.odometerCm]),
  }
}

function columnOf({ track }: CleanSamples, wanted: FieldKey): Float64Array | undefined {
  return track.columns.find(({ key }) => key === wanted)?.values
}

function inKeyOrder<T>(byKey: ReadonlyMap<string, T>): T[] {
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}
