// The rides to replay: recorded ones from a folder, or a morning of the simulator's fleet.
import { createBike } from '../simulator/index.ts'
import { readRides, type SourceRide } from './rides-csv.ts'

const bikes = 24
const seed = 2024

export async function loadRides(folder: string | undefined): Promise<SourceRide[]> {
  if (folder === undefined) return simulatedRides()
  const rides = await readRides(folder)
  if (rides.length === 0) throw new Error(`no rides in ${folder}: no CSV file there has a column timestamp`)
  return rides
}

/** Ten to twenty minutes each. */
function simulatedRides(): SourceRide[] {
  return Array.from({ length: bikes }, (_, i) => {
    const bike = createBike(seed, i)
    const seconds = 600 + ((i * 97) % 600)
    return {
      file: `${bike.rider.habit} ${i + 1}`,
      series: bike.ride({ startMs: Date.UTC(2025, 5, 2, 7), seconds }),
    }
  })
}
