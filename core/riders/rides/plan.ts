// From the samples of a bike to its rides: the published rule (docs/riders.md, Rides). Pure.
import { rideIdOf } from '../../../proto/codec/ride-id.ts'
import { firstIndex, stretchesOf } from './movement.ts'
import type { Ride, RideBike, RideSample } from './port.ts'
import { summarySteps } from './summary.ts'

/**
 * The rides in the order of time. Samples may come in any order, and more than once; those of a time in which nobody owned the bike
 * are in no ride.
 *
 * Movement at 08:00 to 08:20, and from 08:40 on with another owner since 08:30 → a ride of the former owner and one of the new one.
 */
export function ridesOf(samples: readonly RideSample[], bike: RideBike): Ride[] {
  const steps = rideSteps(samples, bike)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same in steps, between which others get their turn: a day of samples takes half a second in all. */
export function* rideSteps(samples: readonly RideSample[], bike: RideBike): Generator<void, Ride[]> {
  const { bikeId, owners, moduleIds } = bike
  const inOrder = eachOnce(samples)
  yield
  const rides: Ride[] = []
  for (const { riderId, fromMs: ownedFromMs, untilMs: ownedUntilMs } of owners) {
    const own = between(inOrder, ownedFromMs, ownedUntilMs)
    if (own.length === 0) continue
    for (const stretch of stretchesOf(own, ownedUntilMs)) {
      yield
      const { fromMs, untilMs } = stretch
      const within = between(own, fromMs, untilMs + 1)
      const summary = yield* summarySteps(stretch, { samples: within, moduleIds })
      rides.push({ rideId: rideIdOf({ bikeId, fromMs }), bikeId, riderId, ...stretch, summary })
    }
  }
  return rides
}

/** Those in [fromMs, untilMs) of samples in the order of time. */
function between(samples: readonly RideSample[], fromMs: number, untilMs: number): readonly RideSample[] {
  return samples.slice(
    firstIndex(samples, ({ timeMs }) => timeMs >= fromMs),
    firstIndex(samples, ({ timeMs }) => timeMs >= untilMs),
  )
}

/** In the order of time, recorder and kind, which name a sample. */
function eachOnce(samples: readonly RideSample[]): readonly RideSample[] {
  return samples
    .toSorted(byIdentity)
    .filter((sample, i, sorted) => i === 0 || byIdentity(sample, sorted[i - 1] as RideSample) !== 0)
}

function byIdentity(a: RideSample, b: RideSample): number {
  return a.timeMs - b.timeMs || compare(a.recorderId, b.recorderId) || compare(a.kind, b.kind)
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
