// What riders see through the read API, each with their own token.
import type { PlannedRide } from './plan.ts'
import type { Sender } from './sender.ts'

export interface Reader {
  /** The odometer of the bike's latest state, metres; undefined when the state has none. */
  odometerM(ride: PlannedRide): Promise<number | undefined>
  /** Whether the books of an upload are closed. */
  isSettled(ride: PlannedRide, uploadId: string): Promise<boolean>
}

export function createReader(of: { apiUrl: string; sender: Sender; signal: AbortSignal }): Reader {
  const get = async (ride: PlannedRide, path: string): Promise<unknown> => {
    const response = await fetch(`${of.apiUrl}${path}`, {
      headers: { authorization: `Bearer ${await of.sender.token(ride)}` },
      signal: AbortSignal.any([of.signal, AbortSignal.timeout(10_000)]),
    })
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return response.json()
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
