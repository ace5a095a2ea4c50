// What riders see through the read API, each with their own token.
import { type ApiAccess, askApi } from './ask-api.ts'
import type { PlannedRide } from './plan.ts'

export interface Reader {
  /** The odometer of the bike's latest state, metres; undefined when the state has none. */
  odometerM(ride: PlannedRide): Promise<number | undefined>
  /** Whether the books of an upload are closed. */
  isSettled(ride: PlannedRide, uploadId: string): Promise<boolean>
}

export function createReader(access: ApiAccess): Reader {
  const get = async ({ riderId, bikeId }: PlannedRide, path: string): Promise<unknown> => {
    return (await askApi(access, path, { caller: { subject: riderId, bikes: [bikeId] } })).json()
  }
  return {
    async odometerM(ride) {
      const latest = (await get(ride, `/v1/bikes/${ride.bikeId}/latest`)) as {
        groups: { ride?: { values: { odometer_m?: number } } }
      }
      return latest.groups.ride?.values.odometer_m
    },
    async isSettled(ride, uploadId) {
      return ((await get(ride, `/v1/uploads/${uploadId}`)) as { settled: boolean }).settled
    },
  }
}
