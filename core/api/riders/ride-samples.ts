// The streams of a ride, from the samples that are stored of it.
import { maxPageSamples, type TelemetryReader } from '../../engines/elasticsearch/port.ts'
import type { RideSample, RideStreams } from '../../riders/own-data/port.ts'
import { toStreams } from '../../riders/own-data/streams.ts'
import type { Ride } from '../../riders/rides/port.ts'

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
