// Which state of a bike is the latest. Pure: the newest sample of each group, in whatever order samples arrive.
import { type CleanSamples, type Range, valuesAt } from '../contracts/clean-samples.ts'
import { type GroupRule, groupRules, type StateGroup } from './state-groups.ts'

/** A group of values of one bike at one moment. Ids are UUIDs as lower-case text. */
export interface GroupState {
  readonly bikeId: string
  readonly group: StateGroup
  readonly eventAtMs: number
  readonly recorderId: string
  readonly receivedAtMs: number
  readonly trackId: string
  readonly values: Readonly<Record<string, number>>
}

/**
 * Whether `a` takes the place of `b`: a total order of facts that belong to the samples, none of their delivery, so the
 * maximum is the same in any order and with any repetition. The newer event wins. Two recorders at the same millisecond: the
 * smaller id. One recorder twice at the same millisecond is a repeat or a conflict: what was received first stays, as in
 * the search store.
 */
export function replaces(a: GroupState, b: GroupState): boolean {
  if (a.eventAtMs !== b.eventAtMs) return a.eventAtMs > b.eventAtMs
  if (a.recorderId !== b.recorderId) return a.recorderId < b.recorderId
  if (a.receivedAtMs !== b.receivedAtMs) return a.receivedAtMs < b.receivedAtMs
  return a.trackId < b.trackId
}

/** The newest state of each group that a track speaks for. */
export function statesOf(samples: CleanSamples): GroupState[] {
  const { track, clockOffsetMs, receivedAtMs, trackId } = samples
  const states: GroupState[] = []
  for (const rule of groupRules) {
    if (rule.kind !== track.kind) continue
    const index = newestSample(samples, rule)
    if (index === undefined) continue
    const all = valuesAt(track, index)
    const values = Object.fromEntries(
      rule.fields.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])),
    )
    states.push({
      bikeId: track.bikeId,
      group: rule.group,
      eventAtMs: (track.timesMs[index] as number) + clockOffsetMs,
      recorderId: track.recorderId,
      receivedAtMs,
      trackId,
      values,
    })
  }
  return states
}

/** Times increase along a track, so the newest sample is the last one that has a decisive cell. */
function newestSample({ track, ranges }: CleanSamples, rule: GroupRule): number | undefined {
  const decisive = track.columns.filter(({ key }) => rule.decisive.includes(key))
  const newestFirst = [...ranges].sort((a: Range, b: Range) => b.first - a.first)
  for (const { first, count } of newestFirst) {
    for (let i = first + count - 1; i >= first; i--) {
      if (decisive.some(({ values }) => !Number.isNaN(values[i]))) return i
    }
  }
  return undefined
}

/** One state a bike and group, in the order of their keys, so that concurrent writers cannot deadlock. */
export function collapse(states: Iterable<GroupState>): GroupState[] {
  const latest = new Map<string, GroupState>()
  for (const state of states) {
    const key = `${state.bikeId} ${state.group}`
    const known = latest.get(key)
    if (known === undefined || replaces(state, known)) latest.set(key, state)
  }
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state)
}
