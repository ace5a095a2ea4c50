// What is read of rides: the streams from the stored samples, and what their riders say of them.
import type { RideStreams } from '../../riders/own-data/port.ts'
import { type RideToRead, readRideStreams } from '../../riders/own-data/read-streams.ts'
import type { RideNotes, RideWords } from '../../riders/rides/notes-port.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { wordsOf } from '../../riders/rides/words.ts'
import type { ApiStores } from '../port.ts'

/** Every sample of a ride, or those of its rider's times as owner. */
export async function readStreams(
  { bikeId, fromMs, untilMs, windows }: Omit<RideToRead, 'moduleIds'>,
  stores: Pick<ApiStores, 'readSamples' | 'modulesOf'>,
): Promise<RideStreams> {
  const moduleIds = (await stores.modulesOf(bikeId)).map(({ deviceId }) => deviceId)
  return (await readRideStreams({ bikeId, fromMs, untilMs, windows, moduleIds }, stores)).streams
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
