// When a bike moved, and where its movement parts into rides: the published rule (docs/riders.md, Rides). Pure.
import type { RideEnd, RideSample } from './port.ts'

/** So long nothing moves, and the ride is over. */
export const restMs = 10 * 60_000
/** Whoever never rests for so long is a sensor that sticks, and no ride. */
export const longestChainMs = 48 * 3_600_000
/** An odometer proves movement where its readings are not further apart. */
const longestStepMs = 60_000

export const movingKmh = 2
/** A loose contact or the last turn of a wheel is no ride. */
const shortestRideMs = 30_000
export const chargingA = -0.1
/** Recuperation goes on while a bike stops. */
export const chargingFarMs = 10_000
const hour = 3_600_000
const day = { earliestMs: 12 * hour, latestMs: 24 * hour }

/** A ride by its moments: the first and the last movement. */
export interface Stretch {
  readonly fromMs: number
  readonly untilMs: number
  readonly closesAtMs: number
  readonly end: RideEnd
}

/**
 * The rides of one owner, from samples in the order of time. `ownedUntilMs` is when he ceased to be it.
 *
 * Movement at 08:00 to 08:20 and 08:29 to 08:40 → one ride; at 08:00 to 08:20 and 08:30 to 08:40 → two.
 */
export function stretchesOf(samples: readonly RideSample[], ownedUntilMs: number): Stretch[] {
  const charging = samples
    .filter(({ values: { current_a } }) => current_a !== undefined && current_a < chargingA)
    .map(({ timeMs }) => timeMs)
  const switches = recordingSwitches(samples)
  return chainsOf(movingMoments(samples)).flatMap((chain) =>
    lengthOf(chain) > longestChainMs ? [] : ridesOfChain(chain, { charging, switches, ownedUntilMs }),
  )
}

/** Times at which the bike moved, rising. */
export function movingMoments(samples: readonly RideSample[]): number[] {
  const isMoving = movementReader()
  const moments: number[] = []
  for (const sample of samples) {
    if (isMoving(sample) && moments.at(-1) !== sample.timeMs) moments.push(sample.timeMs)
  }
  return moments
}

/** Tells of samples, one after the other in the order of time, whether the bike moved. */
export function movementReader(): (sample: RideSample) => boolean {
  const odometers = new Map<string, { timeMs: number; metres: number }>()
  return ({ timeMs, recorderId, values: { speed_kmh: speedKmh, odometer_m: metres } }) => {
    if (metres === undefined) return speedKmh !== undefined && speedKmh > movingKmh
    const before = odometers.get(recorderId)
    const wentOn =
      before !== undefined &&
      timeMs - before.timeMs <= longestStepMs &&
      (metres - before.metres) * 3_600 > movingKmh * (timeMs - before.timeMs)
    if (before === undefined) odometers.set(recorderId, { timeMs, metres })
    else [before.timeMs, before.metres] = [timeMs, metres]
    return speedKmh === undefined ? wentOn : speedKmh > movingKmh
  }
}

/** Movement without ten minutes of rest in it. */
function chainsOf(moments: readonly number[]): (readonly number[])[] {
  const starts = moments.flatMap((moment, i) =>
    i === 0 || moment - (moments[i - 1] as number) >= restMs ? [i] : [],
  )
  return starts.map((start, n) => moments.slice(start, starts[n + 1]))
}

/** A recorder ended one recording and began another one, at `untilMs`. */
interface Switch {
  /** Of its last sample of the former one. */
  readonly afterMs: number
  readonly untilMs: number
}

/** In the order of their ends. A recorder that was away for longer says nothing of a ride that others went on recording. */
function recordingSwitches(samples: readonly RideSample[]): Switch[] {
  const recordings = new Map<string, { recordingId: number; timeMs: number }>()
  const switches: Switch[] = []
  for (const { recorderId, recordingId, timeMs } of samples) {
    if (recordingId === undefined) continue
    const before = recordings.get(recorderId)
    recordings.set(recorderId, { recordingId, timeMs })
    if (before === undefined || before.recordingId === recordingId) continue
    if (timeMs - before.timeMs < restMs) switches.push({ afterMs: before.timeMs, untilMs: timeMs })
  }
  return switches
}

interface Evidence {
  /** Times at which the battery was charged. */
  readonly charging: readonly number[]
  readonly switches: readonly Switch[]
  readonly ownedUntilMs: number
}

function ridesOfChain(chain: readonly number[], evidence: Evidence): Stretch[] {
  const charged = chargingCuts(chain, evidence.charging)
  const switched = recordingCuts(chain, evidence.switches, charged)
  const cuts = new Map<number, RideEnd>([
    ...charged.map((next) => [next, 'charging'] as const),
    ...switched.map((next) => [next, 'recording'] as const),
  ])
  cutDays(chain, cuts)
  const starts = [0, ...[...cuts.keys()].sort((a, b) => a - b)]
  return starts.flatMap((start, n) => {
    const next = starts[n + 1]
    const [fromMs, untilMs] = [chain[start] as number, chain[(next ?? chain.length) - 1] as number]
    if (untilMs - fromMs < shortestRideMs) return []
    const cut =
      next === undefined ? undefined : { end: cuts.get(next) as RideEnd, atMs: chain[next] as number }
    return [{ fromMs, untilMs, ...closing({ fromMs, untilMs }, cut, evidence) }]
  })
}

/** A cut is named by the movement that begins the next ride: its index in the chain. Rising, as all lists of cuts. */
function chargingCuts(chain: readonly number[], charging: readonly number[]): number[] {
  const cuts: number[] = []
  for (const timeMs of charging) {
    const next = firstBehind(chain, timeMs)
    const [before, after] = [chain[next - 1], chain[next]]
    if (before === undefined || after === undefined || cuts.at(-1) === next) continue
    if (timeMs - before > chargingFarMs && after - timeMs > chargingFarMs) cuts.push(next)
  }
  return cuts
}

/**
 * Where the later recording begins, unless the ride is cut between both anyway. In the order in which recordings begin, so that two
 * recorders that are switched on one after the other cut once.
 */
function recordingCuts(
  chain: readonly number[],
  switches: readonly Switch[],
  others: readonly number[],
): number[] {
  const cuts: number[] = []
  for (const { afterMs, untilMs } of switches) {
    const first = Math.max(1, firstBehind(chain, afterMs))
    const last = firstBehind(chain, untilMs - 1)
    if (last < first || last >= chain.length) continue
    const isCut = (cuts.at(-1) ?? 0) >= first || (others[firstBehind(others, first - 1)] ?? Infinity) <= last
    if (!isCut) cuts.push(last)
  }
  return cuts
}

/** What is still longer than a day is cut at its longest rest between its 12th and its 24th hour. */
function cutDays(chain: readonly number[], cuts: Map<number, RideEnd>): void {
  let start = 0
  for (let next = 1; next < chain.length; next++) {
    if (cuts.has(next)) start = next
    const fromMs = chain[start] as number
    if ((chain[next] as number) - fromMs <= day.latestMs) continue
    let longest = next
    for (let i = next; i > start && (chain[i - 1] as number) - fromMs >= day.earliestMs; i--) {
      if (restBefore(chain, i) >= restBefore(chain, longest)) longest = i
    }
    cuts.set(longest, 'day')
    start = longest
    next = longest
  }
}

const restBefore = (chain: readonly number[], next: number) =>
  (chain[next] as number) - (chain[next - 1] as number)

const lengthOf = (chain: readonly number[]) => (chain.at(-1) as number) - (chain[0] as number)

/** What ends a ride first after its last movement. */
function closing(
  { fromMs, untilMs }: Pick<Stretch, 'fromMs' | 'untilMs'>,
  cut: { readonly end: RideEnd; readonly atMs: number } | undefined,
  { charging, switches, ownedUntilMs }: Evidence,
): Pick<Stretch, 'closesAtMs' | 'end'> {
  const chargedAtMs = charging[firstBehind(charging, untilMs + chargingFarMs)]
  const switched = switches.find((each) => each.untilMs > untilMs && each.afterMs >= fromMs)
  const ends: { end: RideEnd; atMs: number }[] = [
    ...(cut === undefined ? [{ end: 'rest' as const, atMs: untilMs + restMs }] : [cut]),
    ...(chargedAtMs === undefined ? [] : [{ end: 'charging' as const, atMs: chargedAtMs }]),
    ...(switched === undefined ? [] : [{ end: 'recording' as const, atMs: switched.untilMs }]),
    { end: 'rider', atMs: ownedUntilMs },
  ]
  const first = ends.reduce((a, b) => (b.atMs < a.atMs ? b : a))
  return { closesAtMs: first.atMs, end: first.end }
}

/** The index of the first time after `timeMs`; the length where there is none. */
function firstBehind(times: readonly number[], timeMs: number): number {
  return firstIndex(times, (time) => time > timeMs)
}

/** The index of the first item for which `isBehind` holds, as it does for all later ones; the length where there is none. */
export function firstIndex<T>(items: readonly T[], isBehind: (item: T) => boolean): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBehind(items[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}
