// The steady load of benchmarks: 5,000 samples a second in uploads of five minutes.
import { randomUUID } from 'node:crypto'
import type { Rider, TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'

export const steadyUploads = { samplesPerSecond: 5_000, samplesPerUpload: 300 } as const
export const uploadsPerSecond = steadyUploads.samplesPerSecond / steadyUploads.samplesPerUpload

export async function newRiders(
  platform: TestPlatform,
  { count, ...each }: { count: number; bikes: number; consents?: boolean },
): Promise<Rider[]> {
  const riders: Rider[] = []
  for (let i = 0; i < count; i++) riders.push(await platform.newRider(each))
  return riders
}

/** Each upload continues the ride of one of the bikes, in turn, from yesterday on. */
export function createSteadyLoad(platform: TestPlatform, riders: readonly Rider[]): () => Promise<void> {
  const bikes = riders.flatMap((rider) => rider.bikeIds.map((bikeId) => ({ rider, bikeId })))
  const recorderId = randomUUID()
  const beginMs = Date.now() - 86_400_000
  let uploads = 0
  return async () => {
    const upload = uploads++
    const { rider, bikeId } = bikes[upload % bikes.length] as (typeof bikes)[number]
    const startMs = beginMs + Math.floor(upload / bikes.length) * steadyUploads.samplesPerUpload * 1000
    await platform.upload(rider, [
      rideTrack({ bikeId, recorderId, startMs, samples: steadyUploads.samplesPerUpload }),
    ])
  }
}
