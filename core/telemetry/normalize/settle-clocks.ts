// What holds for the clocks of a batch: what was decided before, and what the batch itself decides.
import { clockQuestionOf, hasKeptClock, proposeClocks } from './clock.ts'
import type { ArrivedTrack, ClockStore, KnownBike, KnownClock } from './port.ts'

type BikeOf = (arrived: ArrivedTrack) => KnownBike | undefined

/** What is known of the clocks of these tracks when all that they can decide is decided; nothing of those of modules. */
export async function settleClocks(
  batch: readonly ArrivedTrack[],
  bikeOf: BikeOf,
  clocks: ClockStore,
): Promise<ReadonlyMap<ArrivedTrack, KnownClock>> {
  const tracks = batch.filter(hasKeptClock)
  if (tracks.length === 0) return new Map()
  const questions = tracks.map(clockQuestionOf)
  const propose = (known: readonly KnownClock[]) =>
    proposeClocks(
      tracks.map((arrived, i) => ({ arrived, known: known[i] as KnownClock, bike: bikeOf(arrived) })),
    )
  let known = await clocks.find(questions)
  if (propose(known).length > 0) {
    await clocks.decide(questions, propose)
    known = await clocks.find(questions)
  }
  return new Map(tracks.map((arrived, i) => [arrived, known[i] as KnownClock]))
}
