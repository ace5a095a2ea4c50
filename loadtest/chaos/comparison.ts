// What is in a destination against what was recorded, sample by sample. Pure.
import type { Sample } from '../../core/engines/elasticsearch/port.ts'
import { valuesAt } from '../../core/telemetry/contracts/clean-samples.ts'
import type { GroupReading } from '../../core/telemetry/latest/port.ts'
import { groupRules } from '../../core/telemetry/latest/state-groups.ts'
import { type DecodedTrack, type FieldKey, fields, type Kind } from '../../proto/index.ts'

/** A recorded track and what its clock was found to be wrong by. */
export interface ExpectedTrack {
  readonly track: DecodedTrack
  readonly offsetMs: number
}

export interface Comparison {
  readonly recorded: number
  readonly found: number
  readonly lost: number
  readonly doubled: number
  /** There under another identity, or with other values than recorded. */
  readonly changed: number
}

export const nothing: Comparison = { recorded: 0, found: 0, lost: 0, doubled: 0, changed: 0 }

export function plus(a: Comparison, b: Comparison): Comparison {
  return {
    recorded: a.recorded + b.recorded,
    found: a.found + b.found,
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    changed: a.changed + b.changed,
  }
}

export function isExact({ lost, doubled, changed }: Comparison): boolean {
  return lost === 0 && doubled === 0 && changed === 0
}

/** A sample in a destination, with its values in human units. */
export interface FoundSample {
  readonly kind: Kind
  readonly timeMs: number
  readonly values: Partial<Record<FieldKey, number>>
}

/** A bike's samples in the search store. */
export function compareStored(expected: readonly ExpectedTrack[], stored: readonly Sample[]): Comparison {
  return compareSamples(expected, stored, ({ recorderId, kind }, timeMs) => `${recorderId} ${kind} ${timeMs}`)
}

/** A bike's samples in the research topic, which names no recorders and positions to 0.01°. */
export function compareDelivered(
  expected: readonly ExpectedTrack[],
  delivered: readonly FoundSample[],
): Comparison {
  const coarse = expected.map((each) => ({ ...each, track: withCoarsePositions(each.track) }))
  return compareSamples(coarse, delivered, ({ kind }, timeMs) => `${kind} ${timeMs}`)
}

function withCoarsePositions(track: DecodedTrack): DecodedTrack {
  const isPosition = (key: FieldKey) => key === 'latitude_deg' || key === 'longitude_deg'
  const coarse = (cell: number) => Math.round((cell / 1e7) * 100) * 1e5
  const columns = track.columns.map(({ key, values }) => ({
    key,
    values: isPosition(key) ? values.map(coarse) : values,
  }))
  return { ...track, columns }
}

function compareSamples<S extends FoundSample>(
  expected: readonly ExpectedTrack[],
  found: readonly S[],
  nameOf: (of: S | DecodedTrack, timeMs: number) => string,
): Comparison {
  const wanted = new Map<string, { track: DecodedTrack; index: number }>()
  for (const { track, offsetMs } of expected) {
    for (const [index, timeMs] of track.timesMs.entries()) {
      wanted.set(nameOf(track, timeMs + offsetMs), { track, index })
    }
  }
  const seen = new Set<string>()
  let doubled = 0
  let changed = 0
  for (const sample of found) {
    const name = nameOf(sample, sample.timeMs)
    const truth = wanted.get(name)
    if (seen.has(name)) doubled += 1
    else if (truth === undefined || !sameValues(truth, sample.values)) changed += 1
    seen.add(name)
  }
  const lost = [...wanted.keys()].filter((name) => !seen.has(name)).length
  return { recorded: wanted.size, found: found.length, lost, doubled, changed }
}

function sameValues(
  { track, index }: { track: DecodedTrack; index: number },
  values: Partial<Record<FieldKey, number>>,
): boolean {
  const scaleOf = (key: FieldKey) => fields[track.kind].find((field) => field.key === key)?.scale ?? 1
  const present = track.columns.filter((column) => !Number.isNaN(column.values[index]))
  return (
    present.length === Object.keys(values).length &&
    present.every(
      ({ key, values: cells }) => Math.round((values[key] ?? Number.NaN) * scaleOf(key)) === cells[index],
    )
  )
}

/** A bike's groups of the latest state: of each group its newest sample. */
export function compareLatest(
  expected: readonly ExpectedTrack[],
  states: readonly GroupReading[],
): Comparison {
  const wanted = newestStates(expected)
  const missing = [...wanted.keys()].filter((group) => !states.some((state) => state.group === group))
  const changed = states.filter(({ group, eventAtMs, values }) => {
    const truth = wanted.get(group)
    return truth?.eventAtMs !== eventAtMs || !sameEntries(truth.values, values)
  })
  return {
    recorded: wanted.size,
    found: states.length,
    lost: missing.length,
    doubled: 0,
    changed: changed.length,
  }
}

interface NewestState {
  readonly eventAtMs: number
  readonly values: Readonly<Record<string, number>>
}

function newestStates(expected: readonly ExpectedTrack[]): Map<string, NewestState> {
  const newest = new Map<string, NewestState>()
  for (const { group, kind, decisive, fields: keys } of groupRules) {
    for (const { track, offsetMs } of expected.filter((one) => one.track.kind === kind)) {
      for (const [index, timeMs] of track.timesMs.entries()) {
        const values = valuesAt(track, index)
        const eventAtMs = timeMs + offsetMs
        if (!decisive.some((key) => values[key] !== undefined)) continue
        if (eventAtMs < (newest.get(group)?.eventAtMs ?? 0)) continue
        const shown = keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const]))
        newest.set(group, { eventAtMs, values: Object.fromEntries(shown) })
      }
    }
  }
  return newest
}

function sameEntries(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
