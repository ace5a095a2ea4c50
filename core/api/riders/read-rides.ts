// What is read of rides: the streams from the stored samples, and what their riders say of them.
import { maxPageSamples, type TelemetryReader } from '../../engines/elasticsearch/port.ts'
import type { RideSample, RideStreams } from '../../riders/own-data/port.ts'
import { toStreams } from '../../riders/own-data/streams.ts'
import type { RideNotes, RideWords } from '../../riders/rides/notes-port.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { wordsOf } from '../../riders/rides/words.ts'

/** A ride lasts a day at most; with four kinds and two recorders at ten samples a second that is less. */
const mostSamples = 5_000_000

/** Rejects where the store does not answer, and where the ride has more than five million samples. */
export async function readStreams(
  { bikeId, fromMs, untilMs }: Pick<Ride, 'bikeId' | 'fromMs' | 'untilMs'>,
  { readSamples }: TelemetryReader,
): Promise<RideStreams> {
  const samples: RideSample[] = []
  for (let cursor: string | undefined, more = true; more; ) {
    const query = { bikeId, fromMs, toMs: untilMs + 1, limit: maxPageSamples }
    const page = await readSamples({ ...query, cursor })
    for (const { timeMs, kind, values } of page.samples)
      if (kind !== 'fault') samples.push({ timeMs, values })
    if (samples.length > mostSamples) throw new Error(`a ride of more than ${mostSamples} samples`)
    cursor = page.next
    more = cursor !== undefined
  }
  return toStreams(samples.reverse())
}

interface Asked {
  readonly riderId: string
  readonly rideNotes: RideNotes
}

interface ToldRide {
  readonly ride: Ride
  readonly words: RideWords
}

/** Each of these rides of a rider with what he says of it, in their order. */
export async function withWords(
  rides: readonly Ride[],
  { riderId, rideNotes }: Asked,
): Promise<readonly ToldRide[]> {
  if (rides.length === 0) return []
  const fromMs = Math.min(...rides.map((ride) => ride.fromMs))
  const untilMs = Math.max(...rides.map((ride) => ride.untilMs))
  const notes = await rideNotes.notesOf({ riderId, fromMs, untilMs })
  return rides.map((ride) => ({ ride, words: wordsOf(ride, notes) }))
}

/** What a rider says of a ride of his. */
export async function readWords(ride: Ride, { riderId, rideNotes }: Asked): Promise<RideWords> {
  return wordsOf(ride, await rideNotes.notesOf({ riderId, fromMs: ride.fromMs, untilMs: ride.untilMs }))
}
